import { randomUUID } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openMetadata } from "../../../lib/db/client.ts";
import { ROLES, type Role } from "../../../lib/domain/actions.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { AccessTally } from "../../world/access-tally.ts";
import { addMember, type Member } from "../../world/add-member.ts";
import { callApi } from "../../world/call-api.ts";
import { type BuiltAction, builtActions, callAction } from "../../world/server-actions.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";
import { ACTION_ROWS, type Place } from "./action-rows.ts";

// Every server action of the built console, called over HTTP as a browser would: by nobody, by other sites, by every role
// and by the owner of another namespace. `npm test` and `npm run test:access` build the console first.
const tally = new AccessTally("actions");
const built = builtActions();
let lastgood: StartedLastgood;
let theirs = "";
const cookies = new Map<string, string>();

beforeAll(async () => {
  lastgood = await startLastgood();
  await callApi(lastgood, "/databases", { body: { name: "shop", engine: "sqlite" } });
  theirs = await addOther();
  for (const role of ROLES) cookies.set(role, await signIn(await addMember(lastgood.data, "acme", role)));
  cookies.set("foreign owner", await signIn(await addMember(lastgood.data, "other", "owner")));
}, 120_000);
afterAll(async () => {
  tally.count(built.length);
  tally.write();
  await lastgood.remove();
});

/** Another namespace with a database of its own. */
async function addOther(): Promise<string> {
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
  try {
    const [namespaceId, id, now] = [randomUUID(), randomUUID(), BigInt(Date.now())];
    await db.namespace.create({ data: { id: namespaceId, slug: "other", name: "other", createdAtMs: now } });
    const { id: agentId, region } = await db.agent.findFirstOrThrow();
    await db.database.create({
      data: {
        id,
        namespaceId,
        name: "theirs",
        nameKey: "theirs",
        engine: "sqlite",
        origin: "hosted",
        kind: "project",
        region,
        agentId,
        path: "/nowhere/theirs.db",
        state: "active",
        createdAtMs: now,
      },
    });
    return id;
  } finally {
    await db.$disconnect();
  }
}

const named = (name: string): BuiltAction => {
  const found = built.find((one) => one.name === name);
  if (!found) throw new Error(`the build has no action ${name}`);
  return found;
};

async function signIn({ email, password }: Member): Promise<string> {
  const answer = await callAction(lastgood.url, named("signIn"), {
    input: { email, password },
    headers: { origin: lastgood.url },
  });
  expect(answer.status, answer.text).toBe(200);
  return answer.cookies.map((cookie) => cookie.split(";")[0]).join("; ");
}

const as = (caller: string) => ({ cookie: cookies.get(caller) ?? "", origin: lastgood.url });
const inputFor = (name: string, place: Place): object => {
  const row = ACTION_ROWS[name];
  if (!row) throw new Error(`${name} has no row`);
  return typeof row.input === "function" ? row.input(place) : row.input;
};
const OURS: Place = { namespace: "acme", database: "shop" };

test("every server action of the build has a row", () => {
  expect(built.length).toBeGreaterThan(10);
  expect(Object.keys(ACTION_ROWS)).toEqual(expect.arrayContaining(built.map(({ name }) => name)));
});

describe.each(built)("$name", (action) => {
  const { name } = action;
  const row = ACTION_ROWS[name];
  const call = (input: unknown, headers: Record<string, string>) =>
    callAction(lastgood.url, action, { input, headers });

  test("case 15: is refused to pages of other sites, and where no page is named", async () => {
    for (const origin of ["https://evil.example", "null", "http://127.0.0.1:1", ""]) {
      const { status } = await call(inputFor(name, OURS), { ...as("owner"), origin });
      tally.refused(name, "another site", status);
      expect(status, origin).toBe(403);
    }
  });

  if (row?.who === "anybody") {
    test("gives a stranger without its secret nothing", async () => {
      const { status, cookies: set } = await call(inputFor(name, OURS), { origin: lastgood.url });
      tally.called("stranger");
      if (name !== "signOut") expect([400, 401, 403, 404]).toContain(status);
      expect(set.filter((cookie) => /^lastgood\.session=[^;]/.test(cookie))).toEqual([]);
    });
    return;
  }

  test("case 12: is 401 without a session, whatever is asked", async () => {
    const forged = { origin: lastgood.url, cookie: "lastgood.session=forged" };
    const skipping = { origin: lastgood.url, "x-middleware-subrequest": "proxy:proxy:proxy:proxy:proxy" };
    for (const headers of [{ origin: lastgood.url }, forged, skipping]) {
      const { status, code } = await call(inputFor(name, OURS), headers);
      tally.refused(name, "stranger", status);
      expect({ status, code }).toEqual({ status: 401, code: "unauthenticated" });
    }
  });

  if (row === undefined || row.who === "own") return;
  const may = (role: Role) => ROLES.indexOf(role) <= ROLES.indexOf(row.who);

  test("cases 6 and 7: answers each role what it may", async () => {
    for (const role of ROLES) {
      const { status, code, text } = await call(inputFor(name, OURS), as(role));
      if (may(role)) tally.called(role);
      else tally.refused(name, role, status);
      if (may(role)) expect(["unauthenticated", "forbidden", "internal"], `${role}: ${text}`).not.toContain(code);
      else expect({ role, status }).toEqual({ role, status: 403 });
    }
  });

  test("cases 1 to 5: reads as absent to the owner of another namespace, and reaches nothing there", async () => {
    const foreign = await call(inputFor(name, OURS), as("foreign owner"));
    tally.refused(name, "foreign owner", foreign.status);
    expect(foreign.status, foreign.text).toBe(404);
    const input = inputFor(name, { namespace: "acme", database: theirs });
    if (!("database" in input)) return;
    const reached = await call(input, as("owner"));
    tally.refused(name, "owner with a foreign id", reached.status);
    expect(reached.status, reached.text).toBe(404);
  });

  test("case 38: takes no operators for texts", async () => {
    const hostile = Object.fromEntries(Object.entries(inputFor(name, OURS)).map(([key]) => [key, { startsWith: "" }]));
    const { status, code } = await call(hostile, as("owner"));
    expect({ status, code }).toEqual({ status: 400, code: "invalid_input" });
  });
});
