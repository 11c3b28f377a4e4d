import { inspectHistoryOnce } from "../verify/inspect-history.ts";
import { historyDamaged, MIRROR_CHECKSUMS_NAME, MIRROR_NAME } from "./format.ts";

/**
 * Reads every byte of a history that something is restored from: segments, tables, records, base image. Throws
 * `history_damaged` naming the first that is not what was written; `inspectHistory` names them all. The mirror is not part of
 * it: it can be made anew.
 */
export function verifyHistory(directory: string): { commits: number; pages: number } {
  const { damage, commits, steps } = inspectHistoryOnce(directory);
  const first = damage.find(({ file }) => file !== MIRROR_NAME && file !== MIRROR_CHECKSUMS_NAME);
  if (!first) return { commits, pages: steps };
  const { fromTxid, toTxid } = first.commits ?? { fromTxid: 0, toTxid: 0 };
  throw historyDamaged(first.file, `${first.part}: ${first.cause}`, fromTxid, toTxid);
}
