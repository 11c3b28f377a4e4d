import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openHistory } from "../lib/engines/sqlite/history/open-history.ts";
import { extendMarks } from "../lib/engines/sqlite/marks/extend-marks.ts";
import type { Figure, Measurement } from "./figure.ts";
import { makeLongHistory } from "./make-long-history.ts";

const DAY_MS = 86_400_000;

/** How long it takes to read a history of the length given for marks, and how large the index is. In this process. */
export const measureMarks: Measurement = async ({ options }) => {
  const folder = mkdtempSync(path.join(tmpdir(), "lastgood-marks-"));
  try {
    const directory = path.join(folder, "history");
    const file = path.join(folder, "marks");
    const toMs = Date.now();
    await makeLongHistory({ directory, commits: options.commits, fromMs: toMs - 30 * DAY_MS, toMs });
    const history = openHistory(directory);
    const { result: first, tookMs, cpuMs } = time(() => extendMarks(history, file));
    const again = time(() => extendMarks(history, file));
    const { pages } = first.heads;
    history.close();
    const figure = (name: string, value: number, note: string): Figure => {
      return { name, value, unit: "ms", baseline: null, ratio: null, goal: null, isMet: null, note };
    };
    return [
      figure(
        `${options.commits} commits read for marks`,
        tookMs,
        `${Math.round(cpuMs)} ms of processor; index of ${statSync(file).size} bytes for ${pages} pages`,
      ),
      figure("the same again, with nothing new", again.tookMs, `${Math.round(again.cpuMs)} ms of processor`),
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

function time<Result>(run: () => Result): { result: Result; tookMs: number; cpuMs: number } {
  const [startedMs, used] = [performance.now(), process.cpuUsage()];
  const result = run();
  const { user, system } = process.cpuUsage(used);
  return { result, tookMs: performance.now() - startedMs, cpuMs: (user + system) / 1000 };
}
