import pino from "pino";
import { expect, test } from "vitest";
import { MarkRounds } from "../../lib/agent/mark-rounds.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import type { ProtectedDatabase } from "../../lib/engines/engine.ts";

const databaseOf = (id: string): ProtectedDatabase => ({
  id,
  name: id,
  engine: "sqlite",
  origin: "hosted",
  path: `/${id}.db`,
  windowDays: 30,
});

test("every history is read once in sixty looks, also when one cannot be read", async () => {
  const ids = Array.from({ length: 130 }, (_, i) => `db-${String(i).padStart(3, "0")}`);
  const read: string[] = [];
  const rounds = new MarkRounds({
    databases: async () => ids.map(databaseOf),
    readAhead: async ({ id }) => {
      read.push(id);
      if (id === "db-007") throw new LastgoodError("not_protected", "Nothing of this database has been captured yet.");
    },
    log: pino({ level: "silent" }),
  });
  const looks: string[][] = [];
  for (let look = 0; look < 44; look++) looks.push(await rounds.look());
  expect(Math.max(...looks.map(({ length }) => length))).toBe(3);
  expect(new Set(read)).toEqual(new Set(ids));
});

test("a single database is read with every look, and without any nothing is done", async () => {
  let known = [databaseOf("one")];
  const rounds = new MarkRounds({
    databases: async () => known,
    readAhead: async () => undefined,
    log: pino({ level: "silent" }),
  });
  expect([await rounds.look(), await rounds.look()]).toEqual([["one"], ["one"]]);
  known = [];
  expect(await rounds.look()).toEqual([]);
});
