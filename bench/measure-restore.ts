import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import type { BookmarkView, RestoreAnswer, RestoreView } from "../lib/client/api-types.ts";
import type { BenchDatabase, BenchWorld } from "./bench-world.ts";
import { type Figure, type Measurement, ratioOf } from "./figure.ts";
import { runWriter } from "./run-writer.ts";

const run = promisify(execFile);
const PER_SECOND = 1000;

/** Restores by bookmark through the API, beside `cp` with sync: what one would do by hand, application stopped. */
export const measureRestore: Measurement = async (world) => {
  const small = await world.attach("restored-small");
  const large = await world.attach("restored-large", 256 * 1024 * 1024);
  return [
    await restoreAfter(world, small, 1000),
    await restoreAfter(world, large, 1000),
    await restoreAfter(world, large, 10_000),
  ];
};

async function restoreAfter(world: BenchWorld, database: BenchDatabase, commits: number): Promise<Figure> {
  const { bookmark } = await world.call<BookmarkView>(`/databases/${database.id}/bookmark`);
  await runWriter({
    path: database.path,
    work: "shop",
    synchronous: "NORMAL",
    commitsPerSecond: PER_SECOND,
    seconds: commits / PER_SECOND,
    withTimes: false,
  });
  await world.settle(database.id);

  const copyStartedMs = performance.now();
  await run("cp", [database.path, `${database.path}.copy`]);
  await run("sync", [`${database.path}.copy`]);
  const copyMs = performance.now() - copyStartedMs;

  const startedMs = performance.now();
  const { restoreId } = await world.call<RestoreAnswer>(`/databases/${database.id}/restore`, { bookmark });
  const tookMs = performance.now() - startedMs;
  const view = await world.call<RestoreView>(`/databases/${database.id}/restores/${restoreId}`);
  const megabytes = (statSync(database.path).size / 1e6).toFixed(0);
  const stages = Object.entries(view.timings).map(([stage, stageMs]) => `${stage} ${Math.round(stageMs)}`);
  return {
    name: `restore of ${megabytes} MB, ${commits} commits back`,
    value: tookMs,
    unit: "ms",
    baseline: copyMs,
    ratio: ratioOf([tookMs], [copyMs]),
    goal: null,
    isMet: null,
    note: `${view.pages ?? 0} pages; ${stages.join(", ")} ms; baseline: cp and sync`,
  };
}
