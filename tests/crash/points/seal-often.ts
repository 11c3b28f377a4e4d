import { HistoryWriter } from "../../../lib/engines/sqlite/history/history-writer.ts";

/** Lets the reader in this process seal a segment after so few commits that a run sees many seals. */
export function sealEvery(commits: number): void {
  const open = HistoryWriter.open.bind(HistoryWriter);
  HistoryWriter.open = (directory, sealAt = { bytes: 32 * 1024 * 1024, commits }) => open(directory, sealAt);
}
