import { askAgent } from "../../agent/client.ts";
import { LastgoodError } from "../../domain/errors.ts";

/** Says that a job waits. An agent that does not answer looks by itself soon after it is back. */
export async function wakeAgent(): Promise<void> {
  try {
    await askAgent("wake", {}, 2_000);
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
  }
}
