import { type Random, randomOf } from "./random.ts";
import type { CheckpointMode, ConnectionSettings, Transaction, WriterOperation } from "./writer-messages.ts";

/** The writers' connections; the first letter names their process. */
export const CONNECTIONS = ["a0", "a1", "b0"] as const;
export type ConnectionName = (typeof CONNECTIONS)[number];

/** Which moment is meant: a share of all there are, or one that something has made interesting. */
export type Pick = { share: number; near: "any" | "newest" | "noted" };

/** What happens while nobody keeps the log: a checkpoint empties it, the last close removes it, or everybody dies. */
export type Outage = (typeof OUTAGES)[number];
const OUTAGES = ["nothing", "nothing", "truncate", "last-close", "all-die", "reader-dies"] as const;

/** One thing the driver does. What it does depends on seed and step alone, as far as the world lets it. */
export type Action =
  | { do: "write"; on: ConnectionName; settings: ConnectionSettings; transactions: Transaction[] }
  | { do: "begin"; on: ConnectionName; settings: ConnectionSettings; operations: WriterOperation[] }
  | { do: "read"; on: ConnectionName; settings: ConnectionSettings }
  | { do: "end"; end: "commit" | "rollback" }
  | { do: "checkpoint"; on: ConnectionName; settings: ConnectionSettings; mode: CheckpointMode; isPatient: boolean }
  | { do: "vacuum"; on: ConnectionName; settings: ConnectionSettings }
  | { do: "close"; all: boolean; on: ConnectionName }
  | { do: "kill-writers"; process: "a" | "b"; busy: Transaction[] }
  | { do: "flush" }
  | { do: "ask-time"; pick: Pick; offsetMs: number }
  | { do: "ask-again"; share: number }
  | { do: "ask-bookmark"; share: number }
  | { do: "list"; share: number; before: number; after: number }
  | { do: "density"; buckets: number }
  | { do: "window" }
  | { do: "compare"; pick: Pick; way: "forwards" | "backwards" | "nearer" | "whole" }
  | { do: "compare-live"; check: boolean }
  | { do: "clock"; jumpMs: number }
  | { do: "rest" }
  | { do: "crash-reader"; afterCalls: number }
  | { do: "end-reader" }
  | { do: "start-reader" }
  | { do: "end-keeper"; which: number; how: "kill" | "close" }
  | { do: "end-keepers"; how: "kill" | "close"; outage: Outage }
  | { do: "start-keepers" }
  | { do: "prune"; share: number; diesAfter: number | null }
  | { do: "restore"; pick: Pick; way: "append" | "backup"; meanwhile: Transaction[]; undo: boolean };

/** What stays the same through a seed's whole world. */
export type WorldShape = {
  pageSize: number;
  autoVacuum: number;
  steps: number;
  windowDays: number;
  sealAt: { bytes: number; commits: number; ageMs: number };
  startMs: number;
  /** The database begins just below the page that holds SQLite's lock bytes, at 1 GiB. */
  atLockByte: boolean;
};

const DAY_MS = 86_400_000;

/** Every page size comes, those in common use most often. */
const PAGE_SIZES = [
  512, 512, 512, 512, 1024, 1024, 1024, 2048, 2048, 4096, 4096, 4096, 4096, 8192, 16384, 32768, 65536,
];

export function makeShape(seed: number, lockByteEvery: number): WorldShape {
  const random = randomOf(seed, -1);
  const atLockByte = lockByteEvery > 0 && random.below(lockByteEvery) === 0;
  const pageSize = atLockByte ? 65536 : random.pick(PAGE_SIZES);
  return {
    atLockByte,
    pageSize,
    autoVacuum: random.below(3),
    steps: atLockByte ? 150 : pageSize > 8192 ? random.between(800, 2500) : random.between(4000, 12_000),
    windowDays: random.between(1, 30),
    sealAt: {
      bytes: random.pick([20_000, 200_000, 1_000_000, 4_000_000]),
      commits: random.pick([random.pick([5, 40]), 100, 300, 2000]),
      ageMs: random.pick([60_000, DAY_MS]),
    },
    startMs: 1_800_000_000_000 + random.below(1_000_000) * 1000,
  };
}

type Weighted = readonly [weight: number, make: (random: Random, shape: WorldShape, step: number) => Action];

const ACTIONS: readonly Weighted[] = [
  [
    600,
    (r, s, n) => ({ do: "write", ...on(r), transactions: transactions(r, s, n, r.chance(0.4) ? 1 : r.between(2, 50)) }),
  ],
  [12, (r, s, n) => ({ do: "begin", ...on(r), operations: operations(r, s, n) })],
  [12, (r) => ({ do: "read", ...on(r) })],
  [50, (r) => ({ do: "end", end: r.chance(0.6) ? "commit" : "rollback" })],
  [24, (r) => ({ do: "checkpoint", ...on(r), mode: checkpointMode(r), isPatient: r.chance(0.01) })],
  [3, (r) => ({ do: "vacuum", ...on(r) })],
  [6, (r) => ({ do: "close", on: r.pick(CONNECTIONS), all: r.chance(0.3) })],
  [0.4, (r, s, n) => ({ do: "kill-writers", process: r.pick(["a", "b"]), busy: transactions(r, s, n, r.below(4)) })],
  [90, () => ({ do: "flush" })],
  [100, (r) => ({ do: "ask-time", pick: pickOf(r), offsetMs: r.chance(0.6) ? 0 : r.between(-30, 30) })],
  [80, (r) => ({ do: "ask-again", share: r.fraction() })],
  [25, (r) => ({ do: "ask-bookmark", share: r.fraction() })],
  [10, (r) => ({ do: "list", share: r.fraction(), before: r.below(9), after: r.below(9) })],
  [5, (r) => ({ do: "density", buckets: r.between(1, 40) })],
  [10, () => ({ do: "window" })],
  [
    22,
    (r) => ({ do: "compare", pick: pickOf(r), way: r.pick(["nearer", "nearer", "nearer", "forwards", "backwards"]) }),
  ],
  [6, (r) => ({ do: "compare-live", check: r.chance(0.3) })],
  [12, (r) => ({ do: "clock", jumpMs: jump(r) })],
  [2, () => ({ do: "rest" })],
  [14, (r) => ({ do: "crash-reader", afterCalls: r.chance(0.3) ? r.below(4) : r.below(60) })],
  [2.5, () => ({ do: "end-reader" })],
  [40, () => ({ do: "start-reader" })],
  [0.7, (r) => ({ do: "end-keeper", which: r.below(2), how: r.chance(0.8) ? "kill" : "close" })],
  [1.2, (r) => ({ do: "end-keepers", how: r.chance(0.7) ? "kill" : "close", outage: r.pick(OUTAGES) })],
  [80, () => ({ do: "start-keepers" })],
  [8, (r) => ({ do: "prune", share: r.fraction() ** 2, diesAfter: r.chance(0.3) ? r.below(60) : null })],
  [
    1.5,
    (r, s, n) => ({
      do: "restore",
      pick: pickOf(r),
      way: r.chance(0.8) ? "append" : "backup",
      meanwhile: r.chance(0.5) ? [] : transactions(r, s, n, r.between(1, 20)),
      undo: r.chance(0.5),
    }),
  ],
];
const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

/** The action of a seed's n-th step. */
export function makeAction(seed: number, step: number, shape: WorldShape): { action: Action; passesMs: number } {
  const random = randomOf(seed, step);
  const passesMs = random.chance(0.35) ? 0 : random.chance(0.9) ? random.between(1, 25) : random.between(26, 9000);
  let at = random.fraction() * TOTAL;
  for (const [weight, make] of ACTIONS) {
    at -= weight;
    if (at < 0) return { action: make(random, shape, step), passesMs };
  }
  return { action: { do: "flush" }, passesMs };
}

function on(random: Random): { on: ConnectionName; settings: ConnectionSettings } {
  return { on: random.pick(CONNECTIONS), settings: settingsOf(random) };
}

export function settingsOf(random: Random): ConnectionSettings {
  return {
    cachePages: random.pick([5, 10, 100, 2000]),
    autoCheckpoint: random.pick([0, 1, 25, 1000, 1000]),
    synchronous: random.pick(["OFF", "NORMAL", "FULL"]),
  };
}

function pickOf(random: Random): Pick {
  return { share: random.fraction(), near: random.pick(["any", "any", "newest", "noted", "noted"]) };
}

function checkpointMode(random: Random): CheckpointMode {
  return random.pick(["PASSIVE", "PASSIVE", "FULL", "RESTART", "TRUNCATE", "TRUNCATE"]);
}

function jump(random: Random): number {
  const size = random.pick([100, 5000, 3_600_000, 2 * DAY_MS]);
  return Math.round((random.fraction() * 2 - (size > 10_000 ? 0.9 : 1)) * size);
}

function transactions(random: Random, shape: WorldShape, step: number, count: number): Transaction[] {
  return Array.from({ length: count }, (_, i) => ({
    operations: operations(random, shape, step * 8 + i),
    end: random.chance(0.92) ? "commit" : "rollback",
  }));
}

function operations(random: Random, shape: WorldShape, salt: number): WriterOperation[] {
  const count = random.chance(0.75) ? 1 : random.chance(0.95) ? random.between(2, 4) : random.between(5, 12);
  return Array.from({ length: count }, (_, i) => operation(random, shape, salt * 16 + i));
}

function operation(random: Random, shape: WorldShape, salt: number): WriterOperation {
  const table = random.below(8);
  const keys = shape.pageSize >= 16384 ? 40 : 150;
  const from = random.below(keys);
  const kind = random.fraction() * 100;
  const { count, bytes } = amount(random, shape.pageSize);
  if (kind < 42) return { what: "put", table, from, count, bytes, salt };
  if (kind < 62) return { what: "edit", table, from, count, salt };
  if (kind < 72) return { what: "resize", table, from, count: Math.min(count, 8), bytes, salt };
  if (kind < 88) return { what: "delete", table, from, count: count * 2 };
  if (kind < 90) return { what: "clear", table };
  if (kind < 91.5) return { what: "create", name: random.below(6), withoutRowid: random.chance(0.5) };
  if (kind < 92.2) return { what: "drop", table };
  if (kind < 93.2) return { what: "index", name: random.below(4), table };
  if (kind < 94) return { what: "unindex", name: random.below(4) };
  if (kind < 94.5) return { what: "column", table };
  if (kind < 97.5) return { what: "shrink", pages: random.between(0, 20) };
  return { what: "version", number: random.below(3) };
}

function amount(random: Random, pageSize: number): { count: number; bytes: number } {
  const size = random.fraction();
  if (size < 0.55)
    return { count: random.chance(0.8) ? random.between(1, 4) : random.between(5, 60), bytes: random.between(0, 120) };
  if (size < 0.8)
    return { count: random.between(1, 3), bytes: Math.min(4000, Math.round(pageSize * random.fraction())) };
  if (size < 0.997) return { count: 1, bytes: Math.min(100_000, Math.round(pageSize * (1 + 4 * random.fraction()))) };
  return { count: 1, bytes: 2_600_000 };
}
