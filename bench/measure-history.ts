import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";
import type { Figure, Measurement } from "./figure.ts";
import { runWriter } from "./run-writer.ts";
import type { WriterOrder } from "./shop-writer.ts";

const FRAME_HEADER_BYTES = 24;
/** Enough commits, or bytes, that some of the history is sealed and some still open. */
const KINDS: readonly { work: WriterOrder["work"]; what: string; seconds: number; goal: number }[] = [
  { work: "shop", what: "inserts and updates", seconds: 9, goal: 0.05 },
  { work: "blobs", what: "random blobs", seconds: 3, goal: 1.02 },
];

/** How much history a byte of SQLite's log becomes. */
export const measureHistory: Measurement = async (world) => {
  const figures: Figure[] = [];
  for (const { work, what, seconds, goal } of KINDS) {
    const database = await world.attach(`history-${work}`);
    await runWriter({
      path: database.path,
      work,
      synchronous: "NORMAL",
      commitsPerSecond: null,
      seconds,
      withTimes: false,
    });
    await world.settle(database.id);
    const size = sizeOf(world.historyOf(database.id));
    const value = (size.sealedBytes + size.openBytes) / size.logBytes;
    figures.push({
      name: `history of ${what}`,
      value,
      unit: "bytes per byte of log",
      baseline: null,
      ratio: null,
      goal: `<= ${goal}`,
      isMet: value <= goal,
      note:
        `${size.commits} commits, ${megabytes(size.logBytes)} of log became ` +
        `${megabytes(size.sealedBytes)} sealed and ${megabytes(size.openBytes)} open; without base image and mirror`,
    });
  }
  return figures;
};

const megabytes = (bytes: number) => `${(bytes / 1e6).toFixed(1)} MB`;

/** `logBytes`: what SQLite wrote into its log for these commits, each page with its frame's header. */
function sizeOf(directory: string) {
  const history = openHistory(directory);
  let pages = 0;
  let commits = 0;
  for (const { pageCount } of history.infos(2, history.newest().txid)) {
    pages += pageCount;
    commits++;
  }
  const logBytes = pages * (history.pageSize + FRAME_HEADER_BYTES);
  history.close();
  const sizeOfAll = (ending: string) =>
    readdirSync(directory)
      .filter((name) => name.startsWith("segment-") && name.endsWith(ending))
      .reduce((sum, name) => sum + (statSync(path.join(directory, name), { throwIfNoEntry: false })?.size ?? 0), 0);
  return { commits, logBytes, sealedBytes: sizeOfAll(".sealed"), openBytes: sizeOfAll(".open") };
}
