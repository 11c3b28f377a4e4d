import { randomUUID } from "node:crypto";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { accompanied } from "../../lib/agent/handlers/run-restore.ts";
import { type ClaimedJob, JobLoop, type JobStore } from "../../lib/agent/job-loop.ts";
import { metadataUnavailable } from "../../lib/db/metadata-unavailable.ts";
import type { RestoreOrder } from "../../lib/services/restores/start-restore.ts";
import { SqliteWorld } from "../world/sqlite-world.ts";

let world: SqliteWorld;
let folder: string;
let told: string;
beforeAll(() => {
  world = new SqliteWorld();
  folder = mkdtempSync(path.join(tmpdir(), "hooks-"));
  told = path.join(folder, "told");
  for (const moment of ["before", "after"]) {
    const file = path.join(folder, `${moment}-restore`);
    writeFileSync(file, `#!/bin/sh\necho ${moment} $LASTGOOD_OUTCOME >> ${told}\n`);
    chmodSync(file, 0o755);
  }
});
afterAll(async () => {
  await world.close();
  rmSync(folder, { recursive: true });
});

/** Gives out one job, and a second time after the store did not answer whether it may go ahead. */
function storeThatFailsOnce(job: ClaimedJob, ended: (outcome: unknown) => void): JobStore {
  let attempt = 0;
  let isGivenOut = false;
  return {
    async claim() {
      if (isGivenOut || attempt === 2) return null;
      isGivenOut = true;
      return { ...job, attempt: ++attempt };
    },
    renew: async () => "kept",
    async goAhead() {
      isGivenOut = false;
      if (attempt === 1) throw metadataUnavailable(new Error("cut off"));
      return "kept";
    },
    progress: async () => undefined,
    line: async () => undefined,
    finish: async (_, outcome) => ended(outcome),
  };
}

test.each(["append", "backup"] as const)(
  "a restore by %s that could not ask whether to go ahead lets the application go on until it is tried again",
  async (restoreWay) => {
    rmSync(told, { force: true });
    const file = world.file(`${restoreWay}.db`);
    const app = new DatabaseSync(file, { timeout: 10_000 });
    app.exec("PRAGMA journal_mode = WAL; CREATE TABLE a(x)");
    const db = { ...(await world.attach(file)), restoreWay };
    const to = await world.engine.current(db);
    app.exec("INSERT INTO a VALUES (1)");
    const restoreId = randomUUID();
    const order = { restoreId, toTimeMs: to.timeMs, fenceSeconds: null, runHooks: true } as RestoreOrder;
    const lines = () => readFileSync(told, "utf8").trim().split("\n");
    const toldBefore: string[][] = [];
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const job = { id: randomUUID(), kind: "restore.run", databaseId: db.id, payload: {}, attempt: 1 };
    const loop = new JobLoop({
      store: storeThatFailsOnce(job, resolve),
      handle: async ({ attempt }, run) => {
        if (attempt === 2) {
          toldBefore.push(lines());
          expect(app.prepare("SELECT count(*) AS n FROM a").get()).toEqual({ n: 1 });
        }
        await accompanied({ db, order, hooks: folder, attempt }, run, (around) =>
          world.engine.restore(db, restoreId, to.bookmark, run, around),
        );
      },
      log: pino({ level: "silent" }),
      pollMs: 5,
      renewMs: 1000,
      maxConcurrent: 1,
    });
    loop.start();
    expect(await promise).toEqual({ ok: true });
    await loop.stop();
    expect(toldBefore).toEqual([["before", "after failed"]]);
    expect(lines()).toEqual(["before", "after failed", "before", "after completed"]);
    expect(app.prepare("SELECT count(*) AS n FROM a").get()).toEqual({ n: 0 });
    app.close();
  },
);
