import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { relieveLog } from "../../../lib/engines/sqlite/keeper/relieve-log.ts";
import { pinLog } from "../../../lib/engines/sqlite/keeper/yield-to-checkpoint.ts";
import { KeptLog } from "./rules/kept-log.ts";

const WITHIN_MS = 3000;

let folder: string;
let log: KeptLog;
beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "pinned-"));
  log = await KeptLog.start(folder);
});
afterEach(() => {
  log.session.kill();
  log.hold.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Opens a restart window, lets the foreign program commit and then keep the write lock. */
async function lockBehindWindow(commits: number): Promise<void> {
  const window = await relieveLog(
    log.round(async () => log.frames),
    log.lease,
    true,
  );
  expect(window).toMatchObject({ full: true });
  for (let i = 0; i < commits; i++) expect(await log.commits()).toBe(true);
  await log.session.sql("begin immediate");
}

/** Whether the log is pinned in time. */
function isPinned(): Promise<boolean> {
  const deadline = Date.now() + WITHIN_MS;
  return pinLog(
    log.round(async () => null),
    () => Date.now() > deadline,
  );
}

// A restore has the write lock, waits for the reader, and the reader waits for the keeper's word on the window.
describe("a log that restarted just before somebody took the write lock for long", () => {
  it.each([1, 40])("is pinned all the same, after %i commits, and really", async (commits) => {
    await lockBehindWindow(commits);
    const { salts } = log;
    expect(await isPinned()).toBe(true);
    await log.session.sql("rollback");
    for (let i = 0; i < 3; i++) await log.tryRestart();
    expect(log.salts).toBe(salts);
  });

  it("is not taken for pinned while nothing has been committed since the window", async () => {
    await lockBehindWindow(0);
    expect(await isPinned()).toBe(false);
  });
});
