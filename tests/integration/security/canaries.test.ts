import { randomBytes } from "node:crypto";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openMetadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { callApi } from "../../world/call-api.ts";
import { type BuiltAction, builtActions, callAction } from "../../world/server-actions.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

/*
 * Case 43: secrets that can be told from anything else go through a whole Lastgood, by the ways in which they are given
 * and mistyped, and are then searched for in everything that leaves it or that it writes for people.
 */
const canary = (what: string) => `canary-${what}-${randomBytes(12).toString("hex")}`;
const SECRETS = {
  secret: canary("secret"),
  password: canary("password"),
  wrongPassword: canary("wrong"),
  wrongToken: `lg_${canary("token")}`,
  setUp: `lgs_${canary("setup")}`,
  invitation: `lgi_${canary("invitation")}`,
  code: canary("code"),
};
let lastgood: StartedLastgood;
let issued: string[] = [];
const seen: string[] = [];

const named = (name: string) => builtActions().find((one) => one.name === name) as BuiltAction;

beforeAll(async () => {
  lastgood = await startLastgood({
    env: {
      LASTGOOD_SECRET: SECRETS.secret,
      LASTGOOD_INIT_OWNER_PASSWORD: SECRETS.password,
      LASTGOOD_LOG_LEVEL: "trace",
    },
  });
  const from = { origin: lastgood.url };
  const call = async (name: string, input: unknown, headers: Record<string, string> = from) => {
    const answer = await callAction(lastgood.url, named(name), { input, headers });
    seen.push(answer.text);
    return answer;
  };
  const { email } = lastgood.owner;
  await call("signIn", { email, password: SECRETS.wrongPassword });
  await call("signIn", { email: SECRETS.wrongPassword, password: SECRETS.wrongPassword });
  await call("completeSetUp", { setupToken: SECRETS.setUp, email, password: SECRETS.wrongPassword, namespace: "x" });
  await call("joinWithPassword", { token: SECRETS.invitation, password: SECRETS.wrongPassword });
  await call("signInWithCode", { code: SECRETS.code });
  const { cookies, status } = await call("signIn", { email, password: SECRETS.password });
  expect(status).toBe(200);
  const session = { ...from, cookie: cookies.map((cookie) => cookie.split(";")[0]).join("; ") };
  await call("confirmAgain", { password: SECRETS.wrongPassword }, session);
  const invited = await call("invite", { namespace: "acme", email: "new@example.com", role: "viewer" }, session);
  const made = await call("makeToken", { namespace: "acme", name: "canary", expiresInHours: 1 }, session);
  const offered = await call("beginSecondFactor", {}, session);
  // What is told this once, to whoever asked for it, is searched for everywhere else.
  issued = [invited.text, made.text, offered.text].flatMap(
    (text) => text.match(/lg[a-z]*_[\w-]{40,}|secret=[A-Z2-7]{16,}/g) ?? [],
  );
  seen.splice(-3);
  await callApi(lastgood, "/databases", { body: { name: "shop", engine: "sqlite" } });
  for (const authorization of [`Bearer ${SECRETS.wrongToken}`, `Basic ${SECRETS.wrongToken}`]) {
    const answer = await fetch(`${lastgood.url}/api/namespaces/acme`, { headers: { authorization } });
    seen.push(await answer.text());
  }
  for (const page of [
    "/",
    "/sign-in",
    "/databases",
    "/databases/shop",
    "/audit",
    "/members",
    "/account",
    "/tokens",
    "/approvals",
  ]) {
    const answer = await fetch(`${lastgood.url}${page}`, { headers: { cookie: session.cookie } });
    seen.push(await answer.text());
  }
  const exported = await callApiText("/audit/export?format=jsonl");
  seen.push(exported);
}, 120_000);
afterAll(() => lastgood.remove());

async function callApiText(route: string): Promise<string> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/acme${route}`, {
    headers: { authorization: `Bearer ${lastgood.token}` },
  });
  return answer.text();
}

/** Every text below a folder, by its path. */
function textsBelow(folder: string): [string, string][] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((file) => path.join(folder, file))
    .filter((file) => statSync(file).isFile())
    .map((file) => [file, readFileSync(file, "latin1")]);
}

const hits = (texts: Iterable<[string, string]>) => {
  const secrets = [...Object.values(SECRETS), lastgood.token, ...issued];
  return [...texts].flatMap(([where, text]) =>
    secrets.filter((secret) => text.includes(secret)).map((secret) => `${where}: ${secret}`),
  );
};

test("case 43: no secret is in what the console answers, its pages and exports included", () => {
  expect(issued.length).toBeGreaterThanOrEqual(2);
  expect(seen.length).toBeGreaterThan(15);
  expect(hits(seen.map((text, index) => [`answer ${index}`, text]))).toEqual([]);
});

test("case 43: no secret is in a log, on the terminal, or in any file of the data directory", () => {
  const files = textsBelow(lastgood.data);
  expect(files.filter(([file]) => file.endsWith(".log")).length).toBeGreaterThan(3);
  expect(hits([...files, ["terminal", lastgood.output()]])).toEqual([]);
});

test("case 43: no secret is in the audit log, which tells of all of it", async () => {
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
  try {
    const rows = await db.auditEntry.findMany();
    expect(rows.map(({ action }) => action)).toEqual(
      expect.arrayContaining(["session.create", "token.create", "member.invite"]),
    );
    const texts = rows.map((row): [string, string] => [row.action, Object.values(row).join(" ")]);
    expect(hits(texts)).toEqual([]);
  } finally {
    await db.$disconnect();
  }
});

test("case 43: what browsers are sent holds no source map, no secret's name and no server code", () => {
  const sent = textsBelow(path.resolve(import.meta.dirname, "../../../.next/static"));
  expect(sent.filter(([file]) => file.endsWith(".map"))).toEqual([]);
  expect(sent.length).toBeGreaterThan(5);
  for (const [file, text] of sent.filter(([name]) => name.endsWith(".js"))) {
    // DATABASE_URL is what people call the variable that an integration pushes: the page of integrations offers it.
    const told = text.match(/LASTGOOD_SECRET|passwordHash|(?:secret|token|totp|former)Sealed|sourceMappingURL/g);
    expect(told, file).toBeNull();
  }
});

test("the control: a secret that is written down is found", () => {
  expect(hits([["somewhere", `a line with ${SECRETS.password} in it`]])).toHaveLength(1);
});
