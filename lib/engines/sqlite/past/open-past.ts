import type { PageSource } from "../../engine.ts";
import type { History } from "../history/open-history.ts";
import { type PastOptions, PastStates } from "./past-states.ts";

/**
 * The pages of the database as it was right after commit `txid`, in any order, while its history goes on growing. Each is computed
 * when it is read, from the nearer end of the history, or else from the other, and is what the history names by its CRC-32
 * or is not given: `history_damaged`, or `conflict` once pruning has taken the moment away. The history stays the caller's, who closes it after the source.
 */
export function openPast(history: History, txid: number, options: PastOptions = {}): PageSource {
  return new PastStates(history, [txid], options).open(txid);
}
