import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";

export type HistorySize = {
  commits: number;
  /** What SQLite wrote into its log for them: each page with its frame's header. */
  logBytes: number;
  /** Segments, sealed and open ones apart, without base image and mirror. */
  sealedBytes: number;
  openBytes: number;
  perLogByte: number;
};

const FRAME_HEADER_BYTES = 24;

/** How much history a byte of SQLite's log became. */
export function measureHistory(directory: string): HistorySize {
  const history = openHistory(directory);
  let pages = 0;
  let commits = 0;
  for (const { pageCount } of history.infos(2, history.newest().txid)) {
    pages += pageCount;
    commits++;
  }
  const logBytes = pages * (history.pageSize + FRAME_HEADER_BYTES);
  history.close();
  const sizeOf = (ending: string) =>
    readdirSync(directory)
      .filter((name) => name.startsWith("segment-") && name.endsWith(ending))
      .reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);
  const [sealedBytes, openBytes] = [sizeOf(".sealed"), sizeOf(".open")];
  return { commits, logBytes, sealedBytes, openBytes, perLogByte: (sealedBytes + openBytes) / logBytes };
}
