import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import type { BackupView } from "../lib/client/backup-types.ts";
import type { BenchWorld } from "./bench-world.ts";
import { type Figure, type Measurement, medianOf, ratioOf } from "./figure.ts";
import { attachArchive, removeArchive } from "./measure-restore.ts";

const run = promisify(execFile);
/** Seldom: each look costs the console some milliseconds of the processor that the backup needs. When it ended stands in the row. */
const LOOK_EVERY_MS = 100;

/**
 * Makes backups over the API, from the call to the row that says complete: the state read page by page and checked, packed, stored,
 * synced, read back whole. Beside `cp` and `sync` of the database in the same rounds.
 */
export const measureBackups: Measurement = async (world) => {
  const figures: Figure[] = [];
  for (const sizeGb of world.options.sizesGb) figures.push(await measureSize(world, sizeGb));
  return figures;
};

async function measureSize(world: BenchWorld, sizeGb: number): Promise<Figure> {
  const database = await attachArchive(world, sizeGb, "backed-up");
  await world.settle(database.id);
  const copied = path.join(world.folder, "backed-up.copy");
  const rounds: { tookMs: number; copyMs: number }[] = [];
  let last: BackupView | null = null;
  for (let round = 0; round < world.options.rounds; round++) {
    const copy = async () => {
      const startedMs = performance.now();
      await run("cp", [database.path, copied]);
      await run("sync", [copied]);
      const copyMs = performance.now() - startedMs;
      rmSync(copied);
      return { copyMs };
    };
    const backUp = async () => {
      const startedMs = Date.now();
      last = await makeBackup(world, database.id);
      return { tookMs: (last.finishedAtMs ?? Number.NaN) - startedMs };
    };
    rounds.push(
      round % 2 === 0 ? { ...(await copy()), ...(await backUp()) } : { ...(await backUp()), ...(await copy()) },
    );
  }
  await world.call(`/databases/${database.id}`, undefined, "DELETE");
  removeArchive(world, database);
  const took = rounds.map(({ tookMs }) => tookMs);
  const copies = rounds.map(({ copyMs }) => copyMs);
  const { rawBytes, sizeBytes } = last ?? { rawBytes: null, sizeBytes: null };
  const megabytes = (rawBytes ?? 0) / 1e6;
  return {
    name: `backup of ${sizeGb} GB, read back and checked`,
    value: medianOf(took),
    unit: "ms",
    baseline: medianOf(copies),
    ratio: ratioOf(took, copies),
    goal: null,
    isMet: null,
    note: `${Math.round(megabytes / (medianOf(took) / 1000))} MB/s beside ${Math.round(megabytes / (medianOf(copies) / 1000))} MB/s of cp and sync; ${Math.round(megabytes)} MB packed to ${Math.round((sizeBytes ?? 0) / 1e6)} MB`,
  };
}

async function makeBackup(world: BenchWorld, databaseId: string): Promise<BackupView> {
  const { id } = await world.call<BackupView>(`/databases/${databaseId}/backups`, {}, "POST");
  for (;;) {
    const backup = await world.call<BackupView>(`/databases/${databaseId}/backups/${id}`);
    if (backup.status === "completed") return backup;
    if (backup.status === "failed") throw new Error(backup.error?.message ?? "the backup failed");
    await sleep(LOOK_EVERY_MS);
  }
}
