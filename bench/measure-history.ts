import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";
import type { Figure, Measurement } from "./figure.ts";
import { runWriter } from "./run-writer.ts";
import type { WriterOrder } from "./shop-writer.ts";

const FRAME_HEADER_BYTES = 24;
const KINDS: readonly { work: WriterOrder["work"]; what: string; goal: number }[] = [
  { work: "shop", what: "inserts and updates", goal: 0.05 },
  { work: "blobs", what: "random blobs", goal: 1.02 },
];
const STRETCH_SECONDS = 3;
/** Of writing, until some of the history is sealed and some still open. */
const MOST_STRETCHES = 6;
const SEALED_WITHIN_MS = 30_000;

/** How much history a byte of SQLite's log becomes. */
export const measureHistory: Measurement = async (world) => {
  const figures: Figure[] = [];
  for (const { work, what, goal } of KINDS) {
    const database = await world.attach(`history-${work}`);
    const order = {
      path: database.path,
      work,
      synchronous: "NORMAL",
      commitsPerSecond: null,
      withTimes: false,
    } as const;
    const directory = world.historyOf(database.id);
    for (let stretch = 0; stretch < MOST_STRETCHES && namesOf(directory, ".sealed").length === 0; stretch++) {
      await runWriter({ ...order, seconds: STRETCH_SECONDS });
      await world.settle(database.id);
      await untilSealed(directory);
    }
    const size = sizeOf(directory);
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
    namesOf(directory, ending).reduce((sum, name) => sum + statSync(path.join(directory, name)).size, 0);
  return { commits, logBytes, sealedBytes: sizeOfAll(".sealed"), openBytes: sizeOfAll(".open") };
}

const namesOf = (directory: string, ending: string) =>
  readdirSync(directory).filter((name) => name.startsWith("segment-") && name.endsWith(ending));

/** Full segments are sealed one after the other while capture goes on; only the newest one stays open. */
async function untilSealed(directory: string): Promise<void> {
  const untilMs = performance.now() + SEALED_WITHIN_MS;
  while (namesOf(directory, ".open").length > 1 && performance.now() < untilMs) await sleep(100);
}
