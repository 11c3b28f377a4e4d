import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProblemDetails, RestoreView } from "../../lib/client/api-types.ts";
import type { GiveBackPlanView } from "../../lib/client/give-back-types.ts";
import type { DiffRows } from "../../lib/domain/diff.ts";
import { callApi } from "../world/call-api.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";

let lastgood: StartedLastgood;
beforeAll(async () => {
  lastgood = await startLastgood();
}, 90_000);
afterAll(async () => lastgood.remove());

async function host(name: string, sql: string): Promise<string> {
  const made = await callApi(lastgood, "/databases", { body: { name, engine: "sqlite" } });
  expect(made.status).toBe(201);
  return (await query(name, sql)).bookmark;
}

/** Runs SQL; answers the rows of the last statement and the bookmark that it left. */
async function query(name: string, sql: string): Promise<{ rows: object[]; bookmark: string }> {
  const { status, headers, body } = await callApi<{ results: object[] }[]>(lastgood, `/databases/${name}/query`, {
    body: { sql },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return { rows: body.at(-1)?.results ?? [], bookmark: headers.get("x-lastgood-bookmark") ?? "" };
}

const plan = (name: string, body: object) =>
  callApi<GiveBackPlanView>(lastgood, `/databases/${name}/give-back/plan`, { body });

test("rows that a difference names come back over the API, stand in the ledger, and go again", {
  timeout: 120_000,
}, async () => {
  const then = await host(
    "shop",
    `CREATE TABLE orders (id INTEGER PRIMARY KEY, total); INSERT INTO orders VALUES (1, 10), (2, 20), (3, 30), (4, 40);
     CREATE TABLE tags (name TEXT, nr INTEGER, note, PRIMARY KEY (name, nr)) WITHOUT ROWID;
     INSERT INTO tags VALUES ('a', 9007199254740993, 'first'), ('b', 2, 'second')`,
  );
  const since = await query("shop", "DELETE FROM orders WHERE id < 4; UPDATE orders SET total = 0; DELETE FROM tags");
  const keysOf = async (table: string) => {
    const ends = `from=${then}&to=${since.bookmark}&table=${table}&kinds=removed`;
    const { body } = await callApi<DiffRows>(lastgood, `/databases/shop/diff/rows?${ends}`);
    return body.rows.map(({ key }) => key);
  };
  const orders = await keysOf("orders");
  const tags = await keysOf("tags");
  expect([orders.length, tags.length]).toEqual([3, 2]);
  const chosen = {
    from: { bookmark: then },
    tables: [
      { name: "orders", keys: orders.slice(0, 2) },
      { name: "tags", keys: tags },
    ],
  };
  const planned = await plan("shop", chosen);
  expect(planned.status, JSON.stringify(planned.body)).toBe(200);
  expect(planned.body).toMatchObject({ allowed: "yes", plan: { rows: 4, conflicts: [] } });
  expect(planned.body.plan.tables.map(({ name, inserted }) => [name, inserted])).toEqual([
    ["orders", 2],
    ["tags", 2],
  ]);
  const { digest: planDigest } = planned.body.plan;
  const other = await callApi<ProblemDetails>(lastgood, "/databases/shop/give-back", {
    body: { ...chosen, planDigest: "0".repeat(64) },
  });
  expect([other.status, other.body.code]).toEqual([409, "conflict"]);
  const given = await callApi<RestoreView>(lastgood, "/databases/shop/give-back", {
    body: { ...chosen, planDigest, reason: "a DELETE without WHERE" },
  });
  expect(given.status, JSON.stringify(given.body)).toBe(200);
  expect(given.body).toMatchObject({
    target: "rows",
    status: "completed",
    reason: "a DELETE without WHERE",
    previous: { bookmark: since.bookmark },
    rows: { rows: 4, skipped: [] },
  });
  const state =
    "SELECT (SELECT group_concat(id || '=' || total) FROM orders) AS o, (SELECT group_concat(nr) FROM tags) AS t";
  expect((await query("shop", state)).rows).toEqual([{ o: "1=10,2=20,4=0", t: "9007199254740993,2" }]);
  const undoPlan = await plan("shop", { undoOf: given.body.id });
  expect(undoPlan.body).toMatchObject({ allowed: "yes", plan: { rows: 4, conflicts: [] } });
  const before = await callApi<{ restores: RestoreView[] }>(lastgood, "/databases/shop/restores");
  expect(before.body.restores.map(({ id, target }) => [id, target])).toEqual([[given.body.id, "rows"]]);
});

test("an agent that is killed while it gives rows back has done all of it or nothing, and the ledger says which", {
  timeout: 120_000,
}, async () => {
  const then = await host(
    "killed",
    `CREATE TABLE t (a INTEGER PRIMARY KEY, b);
     WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 3000) INSERT INTO t SELECT i, zeroblob(200) FROM n`,
  );
  await query("killed", "DELETE FROM t");
  const chosen = { from: { bookmark: then }, tables: [{ name: "t" }] };
  const { digest: planDigest } = (await plan("killed", chosen)).body.plan;
  const queued = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}/databases/killed/give-back`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${lastgood.token}`,
      "content-type": "application/json",
      prefer: "respond-async",
    },
    body: JSON.stringify({ ...chosen, planDigest }),
  });
  expect(queued.status).toBe(202);
  const { id } = (await queued.json()) as RestoreView;
  const agent = lastgood.pidOf("agent");
  if (agent === null) throw new Error("the agent runs");
  process.kill(agent, "SIGKILL");
  await lastgood.ready();
  let ended: RestoreView | null = null;
  for (const untilMs = performance.now() + 60_000; performance.now() < untilMs; await sleep(50)) {
    const { body } = await callApi<RestoreView>(lastgood, `/databases/killed/restores/${id}`);
    if (body.status !== "queued" && body.status !== "running") {
      ended = body;
      break;
    }
  }
  expect(ended, JSON.stringify(ended)).toMatchObject({ status: "completed", rows: { rows: 3000 } });
  expect((await query("killed", "SELECT count(*) AS n FROM t")).rows).toEqual([{ n: 3000 }]);
});
