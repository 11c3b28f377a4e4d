import { pino } from "pino";
import { beforeEach, expect, test, vi } from "vitest";
import { BudgetRounds } from "../../lib/agent/budget-rounds.ts";
import { runPruning } from "../../lib/agent/handlers/run-pruning.ts";
import type { BudgetedHistory, DiskPart, DiskState } from "../../lib/domain/disk-budget.ts";
import type { ProtectedDatabase, Run } from "../../lib/engines/engine.ts";

const DAY_MS = 86_400_000;
const NOW = 1_795_244_288_000;
let counted: Map<DiskPart, number>;
let free: number;
let clockMs: number;
let done: string[];
let noted: DiskState[];
let kept: DiskState | null;
let storeIsAway: boolean;
/** How far the wall clock was set forwards. */
let jumpMs: number;
let histories: BudgetedHistory[];
/** The pruning that waits or runs, where there can be one only; undefined: each is at an end at once. */
let pruning: { databaseId: string; step: "beyond-window" | "old-history" } | null | undefined;
let pauseFails: number;
let isUnreadable: boolean;
/** Whether clearing what was set aside never ends. */
let hangs: boolean;
let rounds: BudgetRounds;

const history: BudgetedHistory = {
  databaseId: "shop",
  historyBytes: 50,
  oldestMs: NOW - 40 * DAY_MS,
  windowDays: 30,
  leastWindowDays: null,
  neededFromMs: null,
};

function measured() {
  const countedBytes = [...counted.values()].reduce((sum, bytes) => sum + bytes, 0);
  return {
    figures: { countedBytes, freeBytes: free, sizeBytes: 10_000 },
    parts: new Map(counted),
    histories: new Map([["shop", counted.get("history") ?? 0]]),
    databaseBytes: 7,
  };
}

function openRounds(): BudgetRounds {
  return new BudgetRounds({
    async measure() {
      if (isUnreadable) throw new Error("a folder could not be read");
      return measured();
    },
    free: async () => ({ freeBytes: free, sizeBytes: 10_000 }),
    readSettings: async () => ({ budgetBytes: 1000, floorBytes: 100, leastDays: 1 }),
    readState: async () => kept,
    async noteState(state) {
      if (storeIsAway) throw new Error("the store is away");
      noted.push(state);
    },
    histories: async () => histories,
    async clearThrowaways() {
      done.push("throwaways");
      counted.set("throwaways", 0);
    },
    clearCaches: async () => void done.push("caches"),
    async dropSetAside() {
      done.push("set-aside");
      if (hangs) await new Promise(() => undefined);
    },
    async queuePruning(databaseId, keepFromMs, step) {
      if (pruning) return false;
      if (pruning === null) pruning = { databaseId, step };
      done.push(
        `${step} of ${databaseId}${keepFromMs === null ? "" : ` before -${Math.round((NOW - keepFromMs) / DAY_MS)} d`}`,
      );
      return true;
    },
    pauseCapture(why) {
      done.push(why ? `pause: ${why.cause}` : "go on");
      if (pauseFails-- > 0) throw new Error("the list could not be written");
    },
    log: pino({ enabled: false }),
    nowMs: () => NOW + clockMs + jumpMs,
    steadyMs: () => clockMs,
  });
}

beforeEach(() => {
  counted = new Map<DiskPart, number>([["history", 300]]);
  [free, clockMs, done, noted, kept, storeIsAway] = [9000, 0, [], [], null, false];
  [isUnreadable, hangs] = [false, false];
  [jumpMs, histories, pruning, pauseFails] = [0, [history], undefined, 0];
  rounds = openRounds();
});

function endPruning(bytes: number): void {
  if (pruning) rounds.noteGiven(pruning.step, pruning.databaseId, bytes);
  pruning = null;
}

async function lookLater(ms = 61_000): Promise<void> {
  clockMs += ms;
  await rounds.look();
}

test("while there is room nothing gives way, and what was measured is written down once a minute", async () => {
  await rounds.open();
  await lookLater();
  await lookLater(1000);
  expect(done).toEqual([]);
  expect(noted).toHaveLength(1);
  expect(noted[0]).toMatchObject({ judgement: { level: "fine", share: 0.3 }, databaseBytes: 7 });
});

test("a share that grows is told at four fifths, then throwaways and caches go, then history, and capture last", async () => {
  counted.set("history", 820);
  await lookLater();
  expect([done, noted.at(-1)?.judgement.level]).toEqual([[], "warning"]);
  counted = new Map([
    ["history", 910],
    ["throwaways", 5],
    ["caches", 5],
  ]);
  await lookLater();
  expect(done).toEqual(["throwaways", "caches"]);
  counted = new Map([
    ["history", 960],
    ["set-aside", 5],
  ]);
  done = [];
  await lookLater();
  expect(done).toEqual(["beyond-window of shop", "set-aside"]);
  counted = new Map([["history", 985]]);
  done = [];
  await lookLater();
  expect(done).toEqual(["beyond-window of shop", "old-history of shop before -30 d"]);
  counted = new Map([["history", 1001]]);
  done = [];
  await lookLater();
  expect(done[0]).toMatch(/^pause: Lastgood has used its disk budget up/);
  expect(noted.at(-1)).toMatchObject({ judgement: { level: "stopped" }, captureStoppedSinceMs: NOW + clockMs });
  counted = new Map([["history", 900]]);
  done = [];
  await lookLater();
  expect(done[0]).toBe("go on");
  expect(noted.at(-1)?.captureStoppedSinceMs).toBeNull();
});

test("capture stops within one look when the disk is down to its floor, also while nothing can be written down", async () => {
  await rounds.open();
  storeIsAway = true;
  free = 90;
  clockMs += 1000;
  await expect(rounds.look()).rejects.toThrow("the store is away");
  expect(done[0]).toMatch(/^pause: The disk is full down to its floor/);
});

test("an agent that starts on a full disk begins with capture stopped, before anything is captured", async () => {
  await rounds.open();
  counted.set("history", 1001);
  await lookLater();
  kept = noted.at(-1) ?? null;
  done = [];
  counted.set("history", 970);
  rounds = openRounds();
  await rounds.open();
  expect(done[0]).toMatch(/^pause/);
});

test("a clock that jumps forwards lets no history go for a day, however full the disk is", async () => {
  counted.set("history", 985);
  await rounds.open();
  await lookLater();
  // The control: with a steady clock both are asked for.
  expect(done).toEqual(["beyond-window of shop", "old-history of shop before -30 d"]);
  done = [];
  jumpMs = 400 * DAY_MS;
  for (let i = 0; i < 5; i++) await lookLater();
  expect(done).toEqual([]);
  await lookLater(DAY_MS);
  expect(done).toHaveLength(2);
});

test("a large history of which nothing can go keeps no smaller one from its turn", async () => {
  counted.set("history", 985);
  histories = [
    { ...history, databaseId: "large", historyBytes: 900 },
    { ...history, databaseId: "small", historyBytes: 85, oldestMs: NOW - 20 * DAY_MS },
  ];
  pruning = null;
  await rounds.open();
  for (let i = 0; i < 60 && !done.join().includes("old-history of small"); i++) {
    await lookLater(1000);
    endPruning(0);
  }
  expect(done.map((one) => one.replace(/ before.*/, ""))).toEqual([
    ...["beyond-window of large", "old-history of large", "old-history of small"],
  ]);
});

test("a pause and a resume that cannot be written down are tried again with the next look", async () => {
  histories = [];
  await rounds.open();
  free = 90;
  pauseFails = 1;
  await lookLater(1000);
  await lookLater(1000);
  await lookLater(1000);
  expect(done.map((one) => one.slice(0, 5))).toEqual(["pause", "pause"]);
  [free, done, pauseFails] = [9000, [], 1];
  await lookLater(1000);
  await lookLater(1000);
  await lookLater(1000);
  expect(done).toEqual(["go on", "go on"]);
  // What was paused by half is undone as well.
  [free, done, pauseFails] = [90, [], 1];
  await lookLater(1000);
  free = 9000;
  await lookLater(1000);
  expect(done).toEqual([expect.stringMatching(/^pause/), "go on"]);
});

test("what cannot be measured keeps nobody from starting, and the free room is looked at all the same", async () => {
  isUnreadable = true;
  await rounds.open();
  expect(done).toEqual([]);
  free = 90;
  await lookLater(1000);
  expect(done[0]).toMatch(/^pause: The disk is full down to its floor/);
});

test("capture that was stopped for its budget stays so where a new start cannot measure", async () => {
  counted.set("history", 1001);
  await lookLater();
  kept = noted.at(-1) ?? null;
  [done, isUnreadable] = [[], true];
  rounds = openRounds();
  await rounds.open();
  expect(done).toEqual([expect.stringMatching(/^pause/)]);
});

test("while something takes forever to give way, the free room is still looked at", async () => {
  counted = new Map([
    ["history", 955],
    ["set-aside", 5],
  ]);
  hangs = true;
  await rounds.open();
  void lookLater();
  await vi.waitFor(() => expect(done).toContain("set-aside"));
  free = 90;
  await lookLater(1000);
  expect(done.at(-1)).toMatch(/^pause: The disk is full down to its floor/);
});

test("a pruning that ran late drops no more than what is promised by then, and nothing after the clock jumped", async () => {
  const pruned: number[] = [];
  let neededFromMs: number | null = null;
  let isClockSteady = true;
  const prune = () =>
    runPruning(
      { databaseId: "shop", keepFromMs: Date.now() - 5 * DAY_MS, step: "old-history" },
      {
        engine: {
          async prune(_db, keepFromMs) {
            pruned.push(Math.round((Date.now() - keepFromMs) / DAY_MS));
            return { removedBytes: 1 };
          },
        },
        database: async () => ({ id: "shop", windowDays: 30 }) as ProtectedDatabase,
        budget: { isClockSteady, leastDays: async () => 1, noteGiven: () => undefined },
        promises: async () => [{ ...history, neededFromMs }],
      },
      { signal: new AbortController().signal, progress: () => undefined } as unknown as Run,
    );
  await prune();
  neededFromMs = Date.now() - 12 * DAY_MS;
  await prune();
  isClockSteady = false;
  await prune();
  expect(pruned).toEqual([5, 12]);
});

test("what can wait may take as much as is left below the first step, and nothing before the first look", async () => {
  expect(rounds.spareBytes).toBe(0);
  await rounds.open();
  expect(rounds.spareBytes).toBe(600);
  counted.set("history", 950);
  await lookLater();
  expect(rounds.spareBytes).toBe(0);
});
