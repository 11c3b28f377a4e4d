import { LastgoodError } from "../../../domain/errors.ts";
import type { HistoryView } from "../history/records.ts";
import { materialise } from "./materialise.ts";
import { materialiseBackwards } from "./materialise-backwards.ts";

/** From which end of the history a state was computed. */
export type Way = "forwards" | "backwards";

/**
 * Writes the whole database as it was right after commit `txid` to `file` and syncs it: from the base image forwards, and
 * where damage lies on that way, from the mirror backwards. Every page is checked. Throws `history_damaged` when damage lies
 * on both ways, naming both.
 */
export async function materialiseEitherWay(
  history: HistoryView,
  txid: number,
  file: string,
  report: (done: number, total: number) => void = () => undefined,
  workspaceFile = `${file}.pages`,
): Promise<{ crcs: Uint32Array<ArrayBuffer>; way: Way }> {
  try {
    return { crcs: materialise(history, txid, file, report, workspaceFile), way: "forwards" };
  } catch (error) {
    if (!isDamage(error)) throw error;
    try {
      return { crcs: await materialiseBackwards(history, txid, file, report, workspaceFile), way: "backwards" };
    } catch (other) {
      if (!isDamage(other)) throw other;
      throw neitherWay(error, other);
    }
  }
}

function isDamage(error: unknown): error is LastgoodError {
  return error instanceof LastgoodError && error.code === "history_damaged";
}

function neitherWay(forwards: LastgoodError, backwards: LastgoodError): LastgoodError {
  return new LastgoodError(
    "history_damaged",
    `Neither end of the history leads to this state. From the base image: ${forwards.message} From the mirror: ${backwards.message}`,
    {
      ...forwards.details,
      hint: "Choose another moment; lastgood restore-offline <folder> --verify names those that can be restored.",
    },
  );
}
