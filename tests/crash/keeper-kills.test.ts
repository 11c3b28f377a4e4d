import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import { CapturePair } from "../world/capture-pair.ts";
import { ForeignProgram } from "../world/foreign-program.ts";
import { untilKept } from "../world/keeper-status.ts";
import { type CountedCommit, readCounters } from "../world/read-counters.ts";

const SECONDS = Number(process.env.LASTGOOD_TEST_SECONDS ?? 3);
const FULL_RATE_MS = 2500;
const LEAST_TURNS = 2;
const ID = "counted";

type Report = { acknowledged: number; slowestMs: number; truncates: number };

let world: CapturePair;
let writer: ForeignProgram | null = null;
afterEach(async () => {
  writer?.kill();
  writer = null;
  await world.close();
  rmSync(world.data, { recursive: true, force: true });
});

/** A foreign writer that truncates and reopens, the reader, a keeper and, where wanted, its spare. */
async function begin(withSpare: boolean, writerArgs: readonly string[] = []): Promise<void> {
  world = new CapturePair();
  const file = path.join(world.data, "live.db");
  writer = new ForeignProgram("counter_writer.py", [file, ...writerArgs]);
  await writer.next();
  world.register(ID, file);
  world.startKeeper();
  await isKept(false);
  world.startReader();
  if (withSpare) {
    world.startKeeper();
    await isKept(true);
  }
  await world.until(ID, "protected");
}

function isKept(bySpare: boolean): Promise<unknown> {
  return untilKept(world.paths.keeperSocket, ID, ({ pinned, spare }) => pinned && (spare || !bySpare));
}

async function kill(process: ChildProcess | undefined): Promise<void> {
  if (!process) throw new Error("it was started");
  const exited = once(process, "exit");
  process.kill("SIGKILL");
  await exited;
}

/** Keepers that live, the primary one first. */
function living(): ChildProcess[] {
  return world.keepers.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null);
}

async function during(seconds: number, turn: () => Promise<void>): Promise<number> {
  const endMs = Date.now() + seconds * 1000;
  let turns = 0;
  for (; Date.now() < endMs || turns < LEAST_TURNS; turns++) {
    await sleep(150 + Math.random() * 400);
    await turn();
  }
  return turns;
}

/** Ends the writer and reads what was captured of it. `silent`: numbers missing where no gap is told. */
async function finish(): Promise<{
  report: Report;
  commits: CountedCommit[];
  missing: number;
  silent: number;
  gaps: number;
}> {
  if (!writer) throw new Error("it was started");
  const report = await writer.end<Report>();
  writer = null;
  await world.until(ID, "protected", 30_000);
  await world.flush(ID);
  const history = openHistory(path.join(world.paths.history, ID));
  try {
    const commits = [...readCounters(history)];
    let last: number | null = null;
    let missing = 0;
    let silent = 0;
    for (const { counter, gapFromMs } of commits) {
      if (counter === null) continue;
      if (last !== null && counter > last + 1) {
        missing += counter - last - 1;
        if (gapFromMs === null) silent += counter - last - 1;
      }
      expect(counter).toBeGreaterThanOrEqual(last ?? 0);
      last = counter;
    }
    expect(last).toBe(report.acknowledged);
    return { report, commits, missing, silent, gaps: history.gaps().length };
  } finally {
    history.close();
  }
}

const WITHOUT_A_HOLE = { missing: 0, silent: 0, gaps: 0 };

describe("commits of a foreign writer that truncates its log and reopens it", {
  timeout: SECONDS * 1000 + 90_000,
}, () => {
  it("are all captured at full rate, its own checkpoints go through, and the log stays bounded", async () => {
    await begin(true, ["--pause", "0"]);
    await sleep(FULL_RATE_MS);
    const result = await finish();
    expect(result).toMatchObject(WITHOUT_A_HOLE);
    expect(result.commits.length).toBeGreaterThan(1000);
    expect(result.report.truncates).toBeGreaterThan(0);
    // A TRUNCATE that nobody yields to waits out its busy timeout of ten seconds.
    expect(result.report.slowestMs).toBeLessThan(5000);
  });

  // Without a pause the log is restarted with every look, so that kills often fall into a window.
  it.each(["0", "0.001"])(
    "are all captured while the primary keeper is killed again and again (pause %s s)",
    async (pause) => {
      await begin(true, ["--pause", pause]);
      const kills = await during(SECONDS, async () => {
        await kill(living()[0]);
        world.startKeeper();
        await isKept(true);
      });
      expect(await finish()).toMatchObject(WITHOUT_A_HOLE);
      expect(kills).toBeGreaterThan(1);
    },
  );

  it("are all captured while the spare keeper is killed again and again", async () => {
    await begin(true);
    const kills = await during(SECONDS, async () => {
      await kill(living()[1]);
      world.startKeeper();
      await isKept(true);
    });
    expect(await finish()).toMatchObject(WITHOUT_A_HOLE);
    expect(kills).toBeGreaterThan(1);
  });

  it("are all captured while keeper and reader are killed in turn, and the reader stalls", async () => {
    await begin(true);
    await during(SECONDS, async () => {
      const stalled = world.reader;
      stalled?.kill("SIGSTOP");
      await kill(living()[0]);
      await sleep(Math.random() * 800);
      stalled?.kill("SIGCONT");
      world.startKeeper();
      if (Math.random() < 0.5) {
        await world.killReader();
        world.startReader();
      }
      await isKept(true);
    });
    expect(await finish()).toMatchObject(WITHOUT_A_HOLE);
  });

  it("may be missed while both keepers are dead at once, but never silently", async () => {
    await begin(true);
    await during(SECONDS, async () => {
      await Promise.all(living().map(kill));
      await sleep(Math.random() * 800);
      world.startKeeper();
      world.startKeeper();
      await isKept(true);
    });
    const { silent, commits } = await finish();
    expect(silent).toBe(0);
    expect(commits.length).toBeGreaterThan(100);
  });

  it("may be missed while a keeper without spare is dead, but never silently", async () => {
    await begin(false);
    await during(SECONDS, async () => {
      await kill(living()[0]);
      await sleep(Math.random() * 400);
      world.startKeeper();
      await isKept(false);
    });
    const { silent, commits } = await finish();
    expect(silent).toBe(0);
    expect(commits.length).toBeGreaterThan(100);
  });
});
