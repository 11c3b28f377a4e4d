import { LastgoodError, toWireError, type WireError } from "../../../lib/domain/errors.ts";

/** What somebody is told whose call is refused. */
export async function refusalOf(call: Promise<unknown>): Promise<WireError> {
  try {
    await call;
  } catch (error) {
    if (error instanceof LastgoodError) return toWireError(error);
    throw error;
  }
  throw new Error("it was not refused");
}
