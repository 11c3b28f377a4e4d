import { LastgoodError } from "../../../lib/domain/errors.ts";

/** "done", or the code with which a call was refused; anything else that is thrown is thrown on. */
export async function refusalCode(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}
