import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import type { RestoreAnswer, RestoreView } from "../lib/client/api-types.ts";

const run = promisify(execFile);

export type RestoreSpeed = {
  databaseBytes: number;
  commitsBack: number;
  pages: number;
  /** The whole restore as its caller sees it, and what it spent in each stage. */
  tookMs: number;
  timings: Readonly<Record<string, number>>;
  /** `cp` of the database file with fsync, in the same minute: what one would do by hand, application stopped. */
  copyMs: number;
  ratio: number;
};

export type ApiCall = <T>(route: string, body?: unknown) => Promise<T>;

/** Restores a database by bookmark through the API, undoes nothing, and copies the file by hand for comparison. */
export async function measureRestore(
  call: ApiCall,
  database: { id: string; path: string },
  to: { bookmark: string; commitsBack: number },
): Promise<RestoreSpeed> {
  const copyStartedMs = performance.now();
  await run("cp", [database.path, `${database.path}.copy`]);
  await run("sync", [`${database.path}.copy`]);
  const copyMs = performance.now() - copyStartedMs;

  const startedMs = performance.now();
  const { restoreId } = await call<RestoreAnswer>(`/databases/${database.id}/restore`, { bookmark: to.bookmark });
  const tookMs = performance.now() - startedMs;
  const view = await call<RestoreView>(`/databases/${database.id}/restores/${restoreId}`);
  return {
    databaseBytes: statSync(database.path).size,
    commitsBack: to.commitsBack,
    pages: view.pages ?? 0,
    tookMs,
    timings: view.timings ?? {},
    copyMs,
    ratio: tookMs / copyMs,
  };
}
