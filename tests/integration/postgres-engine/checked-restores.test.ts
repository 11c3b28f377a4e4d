import { existsSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { RestoreCheck } from "../../../lib/domain/restore-check.ts";
import { readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";

let world: ClusterWorld;
let shop: HostedCluster;
let whole: Bookmark;
let broken: Bookmark;

const COMPARE = (sign: string) =>
  `CREATE OR REPLACE FUNCTION public.by(int4, int4) RETURNS int4 LANGUAGE sql IMMUTABLE AS 'SELECT ${sign} btint4cmp($1, $2)'`;
const OPERATORS = "OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >";

beforeAll(async () => {
  world = await ClusterWorld.start();
  shop = await world.host("shop");
  const superuser = await world.connect(shop.db, "superuser", "app");
  await superuser.query("CREATE TABLE public.orders AS SELECT generate_series(1, 1000) AS id");
  await superuser.query(COMPARE("+"));
  await superuser.query(
    `CREATE OPERATOR CLASS public.ours FOR TYPE int4 USING btree AS ${OPERATORS}, FUNCTION 1 public.by(int4, int4)`,
  );
  await superuser.query("CREATE INDEX ours ON public.orders (id public.ours)");
  whole = (await world.engine.current(shop.db)).bookmark;
  // From here on the order in the index is not the order that it is to have.
  await superuser.query(COMPARE("-"));
  broken = (await world.engine.current(shop.db)).bookmark;
  await superuser.query("CREATE TABLE public.later (id int)");
});
afterAll(() => world.close());

function checking(indexes: boolean) {
  const made: RestoreCheck[] = [];
  const ended = async (check: RestoreCheck) => {
    made.push(check);
  };
  return { ...quietRun(), checks: { indexes, ended }, made };
}

const stretches = () => readClusterHistory(shop.places.history)?.stretches.length;
const outcomes = (made: readonly RestoreCheck[]) => made.map(({ check, outcome }) => [check, outcome]);

it("a restore whose state fails a check that was asked for swaps nothing in, and says what is broken", async () => {
  const run = checking(true);
  const before = await world.engine.current(shop.db);
  await expect(world.engine.restore(shop.db, "refused", broken, run)).rejects.toMatchObject({
    code: "restore_failed",
    message: expect.stringContaining("ours"),
  });
  expect(outcomes(run.made)).toEqual([
    ["manifest", "passed"],
    ["commit", "passed"],
    ["indexes", "failed"],
  ]);
  expect(run.made.at(-1)?.text).toContain("ours");
  expect((await world.engine.current(shop.db)).bookmark).toBe(before.bookmark);
  expect(stretches()).toBe(1);
});

it("each check is told before the state serves, with what it read", async () => {
  const run = checking(true);
  const seen: (number | undefined)[] = [];
  const { ended } = run.checks;
  run.checks.ended = async (check) => {
    seen.push(stretches());
    await ended(check);
  };
  await world.engine.restore(shop.db, "taken", whole, run);
  expect(seen).toEqual([1, 1, 1, 1]);
  expect(run.made).toMatchObject([
    { check: "manifest", outcome: "passed", read: { unit: "file" } },
    { check: "commit", outcome: "passed" },
    { check: "indexes", outcome: "passed", read: { unit: "relation" } },
    { check: "pages", outcome: "passed", read: { unit: "page" } },
  ]);
  for (const { read } of run.made) expect(read?.count ?? 1000).toBeGreaterThan(100);
});

it("what cannot be written down ends the restore before anything is swapped in", async () => {
  const run = checking(false);
  const before = await world.engine.current(shop.db);
  run.checks.ended = async () => {
    throw new Error("nobody takes it down");
  };
  await expect(world.engine.restore(shop.db, "untold", whole, run)).rejects.toThrow("nobody takes it down");
  expect((await world.engine.current(shop.db)).bookmark).toBe(before.bookmark);
});

it("the control: without the check that state is swapped in; what was set aside is taken as it is, and told so", async () => {
  const run = checking(false);
  const { previous } = await world.engine.restore(shop.db, "unchecked", broken, run);
  expect(outcomes(run.made)).toEqual([
    ["manifest", "passed"],
    ["commit", "passed"],
    ["pages", "passed"],
  ]);
  const back = checking(false);
  await world.engine.restore(shop.db, "back", previous.bookmark, back);
  expect(outcomes(back.made)).toEqual([["pages", "skipped"]]);
});

it("a drill of a sound state passes every check, is counted and asked, and leaves neither server nor folder behind", async () => {
  const before = await world.engine.current(shop.db);
  const assertions = [
    { name: "there are orders", sql: "SELECT count(*) > 100 FROM public.orders" },
    { name: "nobody pays", sql: "SELECT false" },
    { name: "writes", sql: "DELETE FROM public.orders" },
  ];
  const order = { id: "sound", at: whole, assertions: assertions.slice(0, 1) };
  const found = await world.engine.drills.drill(shop.db, order, quietRun());
  expect(found.checks.map(({ check, outcome }) => [check, outcome])).toEqual([
    ["manifest", "passed"],
    ["commit", "passed"],
    ["pages", "passed"],
    ["indexes", "passed"],
  ]);
  expect(found.tables).toEqual([{ name: "orders", rows: 1000 }]);
  expect(found.assertions).toEqual([{ name: "there are orders", holds: true, found: expect.any(String) }]);
  expect(found).toMatchObject({ bookmark: whole, evidence: null });
  expect(existsSync(path.join(shop.places.work, "drill-sound"))).toBe(false);

  const failed = await world.engine.drills.drill(shop.db, { id: "asked", at: whole, assertions }, quietRun());
  expect(failed.assertions.map(({ holds }) => holds)).toEqual([true, false, false]);
  expect(existsSync(path.join(String(failed.evidence), "PG_VERSION"))).toBe(true);
  expect(existsSync(path.join(String(failed.evidence), "postmaster.pid"))).toBe(false);
  await world.engine.drills.clear(shop.db, "asked");
  expect(existsSync(String(failed.evidence))).toBe(false);
  expect((await world.engine.current(shop.db)).bookmark).toBe(before.bookmark);
});

it("a drill of a state with a broken index fails by name", async () => {
  const order = { id: "broken", at: broken, assertions: [] };
  const found = await world.engine.drills.drill(shop.db, order, quietRun());
  expect(found.checks.find(({ check }) => check === "indexes")).toMatchObject({
    outcome: "failed",
    text: expect.stringContaining("ours"),
  });
  await world.engine.drills.clear(shop.db, "broken");
});
