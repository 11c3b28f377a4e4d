import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { expect, onTestFinished, test } from "vitest";
import { BudgetRounds } from "../../../lib/agent/budget-rounds.ts";
import { DiskUsage } from "../../../lib/agent/disk-usage.ts";
import type { DiskState } from "../../../lib/domain/disk-budget.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { ForeignProgram } from "../../world/foreign-program.ts";
import { SqliteWorld } from "../../world/sqlite-world.ts";

const mayMount = process.getuid?.() === 0;
const MB = 1_000_000;
const FLOOR = 8 * MB;

/** Data directory and application on one small disk, with the rounds of its budget; `pauses` false: capture is never stopped. `leave`: bytes that others leave. */
async function openSmallDisk({ pauses, leave }: { pauses: boolean; leave: number }) {
  const place = mkdtempSync(path.join(tmpdir(), "small-disk-"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=96m", "tmpfs", place]);
  const usual = process.env.TMPDIR;
  process.env.TMPDIR = place;
  const world = new SqliteWorld();
  if (usual === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = usual;
  const { paths } = world.capture;
  const file = world.file("app.db");
  const app = new ForeignProgram("disk_filler.py", [file, "--pause", pauses ? "0.008" : "0.004"]);
  onTestFinished(async () => {
    app.kill();
    await world.close();
    execFileSync("umount", ["-l", place]);
    rmSync(place, { recursive: true, force: true });
  });
  await app.next();
  const db = await world.attach(file);
  const { bavail, bsize } = statfsSync(place);
  writeFileSync(path.join(place, "others"), Buffer.alloc(bavail * bsize - leave));
  mkdirSync(paths.drills, { recursive: true });
  const evidence = path.join(paths.drills, "evidence");
  writeFileSync(evidence, Buffer.alloc(MB));
  const marks = path.join(paths.temporary, "marks", db.id);
  mkdirSync(path.dirname(marks), { recursive: true });
  writeFileSync(marks, Buffer.alloc(MB / 2));
  const usage = new DiskUsage(paths);
  const states: DiskState[] = [];
  const rounds = new BudgetRounds({
    measure: (forMs) => usage.measure(forMs),
    free: () => usage.free(),
    readSettings: async () => ({ budgetBytes: null, floorBytes: FLOOR, leastDays: 1 }),
    readState: async () => null,
    noteState: async (state) => void states.push(state),
    histories: async (sizes) => [
      {
        databaseId: db.id,
        historyBytes: sizes.get(db.id) ?? 0,
        oldestMs: (await world.engine.window(db)).oldest?.timeMs ?? null,
        ...{ windowDays: 30, leastWindowDays: null, neededFromMs: null },
      },
    ],
    clearThrowaways: async () => rmSync(evidence),
    clearCaches: () => world.engine.room.clearCaches([db]),
    dropSetAside: async () => undefined,
    queuePruning: async () => false,
    pauseCapture: (why) => pauses && world.engine.room.pauseCapture(why),
    log: pino({ level: "silent" }),
    nowMs: () => Date.now(),
    steadyMs: () => performance.now(),
  });
  await rounds.open();
  rounds.start();
  onTestFinished(() => rounds.stop());
  return { place, world, db, app, states, evidence, marks };
}

type Told = { commits: number; failed: number; why: string | null };
function ask(app: ForeignProgram): Promise<Told> {
  app.say("how");
  return app.next<Told>();
}

async function until(is: () => Promise<boolean>, withinMs = 120_000): Promise<void> {
  const endMs = Date.now() + withinMs;
  while (!(await is())) {
    if (Date.now() > endMs) throw new Error("it did not come to be in time");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

const stateOf = async ({ world, db }: { world: SqliteWorld; db: ProtectedDatabase }) =>
  (await world.engine.status(db)).state;

test.skipIf(!mayMount)(
  "on a disk that fills everything gives way in order and is told, and the application never fails (needs root for a small tmpfs)",
  { timeout: 300_000 },
  async () => {
    const small = await openSmallDisk({ pauses: true, leave: FLOOR + 15 * MB });
    const { place, world, db, app, states, evidence, marks } = small;
    await until(async () => (await stateOf(small)) === "stopped");
    const stopped = await ask(app);
    // It goes on for as long again, without anything being captured.
    await until(async () => (await ask(app)).commits > stopped.commits * 1.5);
    const { problem } = await world.engine.status(db);
    expect(problem?.cause).toContain("full down to its floor");
    expect(problem?.remedy).toContain("Make room");
    const { bavail, bsize } = statfsSync(place);
    expect(bavail * bsize).toBeGreaterThan(FLOOR / 3);
    const levels = states.map(({ judgement }) => judgement.level);
    expect([...new Set(levels)].slice(-3)).toEqual(["warning", "giving-way", "stopped"]);
    expect(states.at(-1)?.gave.map(({ step }) => step)).toEqual(["throwaways", "caches", "capture"]);
    expect([existsSync(evidence), existsSync(marks)]).toEqual([false, false]);
    rmSync(path.join(place, "others"));
    await until(async () => (await stateOf(small)) === "protected");
    expect(await ask(app)).toMatchObject({ failed: 0, why: null });
    const { txid } = await world.capture.flush(db.id);
    const history = openHistory(path.join(world.capture.paths.history, db.id));
    expect(history.gaps()).toHaveLength(1);
    expect(history.newest().txid).toBeGreaterThanOrEqual(txid);
    history.close();
  },
);

test.skipIf(!mayMount)(
  "were capture not stopped, the same application would fail on the same disk (the control; needs root)",
  { timeout: 150_000 },
  async () => {
    const { app } = await openSmallDisk({ pauses: false, leave: 4 * MB });
    await until(async () => (await ask(app)).failed > 0, 120_000);
    expect((await ask(app)).why).toMatch(/full|I\/O/);
  },
);
