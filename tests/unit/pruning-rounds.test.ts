import { pino } from "pino";
import { beforeEach, describe, expect, test } from "vitest";
import { PruningRounds } from "../../lib/agent/pruning-rounds.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
let ids: string[];
let due: Set<string>;
let asked: { id: string; keepFromMs: number }[];
let isBusy: boolean;
let clock: { nowMs: number; steadyMs: number };
let rounds: PruningRounds;

const database = (id: string): ProtectedDatabase => ({
  id,
  name: id,
  engine: "sqlite",
  origin: "hosted",
  path: `/${id}.db`,
  windowDays: 30,
  restoreWay: "append",
});

beforeEach(() => {
  ids = ["a", "b", "c"];
  due = new Set();
  asked = [];
  isBusy = false;
  clock = { nowMs: 1000 * DAY_MS, steadyMs: 5 };
  rounds = new PruningRounds({
    databases: async () => ids.map(database),
    isDue: (db, keepFromMs) => {
      asked.push({ id: db.id, keepFromMs });
      if (db.id === "new") throw new LastgoodError("not_protected", "Nothing of it has been captured yet.");
      return due.has(db.id);
    },
    queue: async () => !isBusy,
    log: pino({ enabled: false }),
    nowMs: () => clock.nowMs,
    steadyMs: () => clock.steadyMs,
  });
});

async function lookTimes(times: number): Promise<(string | null)[]> {
  const queued = [];
  for (let i = 0; i < times; i++) queued.push(await rounds.look());
  return queued;
}

describe("rounds of pruning", () => {
  test("every database is looked at in its turn, with its own window", async () => {
    await lookTimes(4);
    expect(asked.map(({ id }) => id)).toEqual(["a", "b", "c", "a"]);
    expect(asked[0]?.keepFromMs).toBe(970 * DAY_MS);
  });

  test("two hundred databases are looked at within an hour of minutes", async () => {
    ids = Array.from({ length: 200 }, (_, i) => `db-${String(i).padStart(3, "0")}`);
    await lookTimes(60);
    expect(new Set(asked.map(({ id }) => id)).size).toBe(200);
  });

  test("one that is due waits until no other pruning is under way, and is not passed by", async () => {
    due.add("b");
    isBusy = true;
    expect(await lookTimes(4)).toEqual([null, null, null, null]);
    isBusy = false;
    expect(await lookTimes(2)).toEqual(["b", null]);
    expect(asked.map(({ id }) => id)).toEqual(["a", "b", "b", "b", "b", "c"]);
  });

  test("a history that cannot be read stops nobody else's turn", async () => {
    ids = ["a", "new", "z"];
    due.add("z");
    expect(await lookTimes(3)).toEqual([null, null, "z"]);
  });

  test("after the clock was set nothing is dropped until it has run steadily for a day", async () => {
    due = new Set(ids);
    expect(await lookTimes(1)).toEqual(["a"]);
    clock.nowMs += 400 * DAY_MS;
    expect(await lookTimes(2)).toEqual([null, null]);
    for (let hour = 0; hour < 24; hour++) {
      clock.nowMs += HOUR_MS;
      clock.steadyMs += HOUR_MS;
      expect(await rounds.look()).toBeNull();
    }
    clock.nowMs += HOUR_MS;
    clock.steadyMs += HOUR_MS;
    expect(await lookTimes(1)).toEqual(["b"]);
  });
});
