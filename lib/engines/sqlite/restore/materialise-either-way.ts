import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import type { HistoryView } from "../history/records.ts";
import { materialise } from "./materialise.ts";
import { materialiseBackwards } from "./materialise-backwards.ts";

/** From which end of the history a state was computed. */
export type Way = "forwards" | "backwards";

/**
 * Writes the whole database as it was right after commit `txid` to `file` and syncs it: from the end of the history that is
 * nearer (the base image forwards, the mirror backwards), and where damage lies on that way, from the other one. Every page is
 * checked. Throws `history_damaged` when damage lies on both ways, naming both.
 */
export async function materialiseEitherWay(
  history: HistoryView,
  txid: number,
  file: string,
  report: (done: number, total: number) => void = () => undefined,
  workspaceFile = `${file}.pages`,
): Promise<{ crcs: Uint32Array<ArrayBuffer>; way: Way }> {
  const go = async (way: Way) => ({
    crcs:
      way === "forwards"
        ? materialise(history, txid, file, report, workspaceFile)
        : await materialiseBackwards(history, txid, file, report, workspaceFile),
    way,
  });
  const near = nearerWay(history, txid);
  try {
    return await go(near);
  } catch (error) {
    if (!isDamage(error)) throw error;
    try {
      return await go(near === "forwards" ? "backwards" : "forwards");
    } catch (other) {
      if (!isDamage(other)) throw other;
      throw near === "forwards" ? neitherWay(error, other) : neitherWay(other, error);
    }
  }
}

/** By what has to be decoded. The base image is the one that nobody writes, and so comes first where there is little between. */
function nearerWay(history: HistoryView, txid: number): Way {
  const forwardBytes = history.stepBytes(history.oldest().txid + 1, txid);
  const backwardBytes = history.stepBytes(txid + 1, history.newest().txid);
  return backwardBytes < forwardBytes && disk.existsSync(history.mirrorPath()) ? "backwards" : "forwards";
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
