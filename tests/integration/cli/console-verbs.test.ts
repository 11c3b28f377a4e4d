import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RestoreView } from "../../../lib/client/api-types.ts";
import type { BackupView } from "../../../lib/client/backup-types.ts";
import { openMetadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { addMember } from "../../world/add-member.ts";
import { signIn } from "../../world/browser-session.ts";
import { attachFile, callApi } from "../../world/call-api.ts";
import { runInTerminal } from "../../world/in-terminal.ts";
import { runHere } from "../../world/run-here.ts";
import { type Ran, runLastgood } from "../../world/run-lastgood.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";
import { CONSOLE_CALLS } from "./console-calls.ts";

type Refusal = { error: { code: string; approvalId: string } };

/* The command line as people and programs call it, against a whole Lastgood. */
let lastgood: StartedLastgood;
let folder: string;
let shop: DatabaseSync;
let shopId: string;
let env: Record<string, string>;
let webhookId: string;
/** What cannot be done here by those who call, and where it is done. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  // Needs a PostgreSQL cluster; tests/integration/postgres-engine has those.
  "databases connection-string": ["text", "json"],
  // People alone, as the tests of approvals do; a token is refused here.
  "approvals approve": ["text", "json"],
  "approvals decline": ["text", "json"],
  // Over before they can be stopped; the tests of jobs hold them up.
  "backups cancel": ["text", "json"],
  "approvals run": ["json"],
  // Need a bucket with the copies of a machine that was lost: the tests of bringing back have one.
  "copies list": ["text", "json"],
  "copies bring-back": ["text", "json"],
  "copies watch": ["text", "json"],
  "copies cancel": ["text", "json"],
  // Need an alarm; metadata on PostgreSQL, and there a second agent: the tests of alarms and of agents have those.
  "alarms acknowledge": ["text", "json"],
  "alarms resolve": ["text", "json"],
  "agents enrol-token": ["text", "json"],
  "agents revoke-token": ["text", "json"],
  "agents retire": ["text", "json"],
};

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "cli-"));
  shop = new DatabaseSync(path.join(folder, "shop.db"));
  shop.exec("pragma journal_mode = wal; create table orders(id integer primary key, what text, price real)");
  shop.exec("insert into orders(what, price) values ('tea', 3.5), ('中文字', 2), ('cake', 9)");
  lastgood = await startLastgood({ env: { LASTGOOD_EGRESS_ALLOW: "127.0.0.0/8" } });
  shopId = await attachFile(lastgood, "shop", path.join(folder, "shop.db"));
  env = {
    LASTGOOD_URL: lastgood.url,
    LASTGOOD_TOKEN: lastgood.token,
    LASTGOOD_NAMESPACE: lastgood.namespace,
    LASTGOOD_DATABASE: "shop",
    LASTGOOD_CONFIG: path.join(folder, "config", "profiles.json"),
    TZ: "Europe/Berlin",
    NO_COLOR: "1",
  };
  const hook = { name: "nobody", url: "http://127.0.0.1:9/", types: "all" };
  webhookId = (await callApi<{ webhook: { id: string } }>(lastgood, "/webhooks", { body: hook })).body.webhook.id;
}, 120_000);
afterAll(async () => {
  shop.close();
  await lastgood.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** Which verbs did what they are for, as text and as JSON. */
const done = { text: new Set<string>(), json: new Set<string>() };

async function run(args: readonly string[], more: Record<string, string> = {}): Promise<Ran> {
  const ran = await runHere(args, { ...env, ...more });
  const [noun = "", verb = ""] = args;
  const name = Object.hasOwn(CONSOLE_CALLS, noun) ? noun : `${noun} ${verb}`;
  if (ran.code === 0 || (name === "exposure" && ran.code === 6))
    done[args.includes("--json") ? "json" : "text"].add(name);
  return ran;
}

/** What it answers a person; it must go well. */
async function read(args: readonly string[]): Promise<Ran> {
  const ran = await run(args);
  expect(ran, `${args.join(" ")}\n${ran.err}`).toMatchObject({ code: 0 });
  return ran;
}

/** What it answers a program: one document, and nothing beside it. */
async function ask<T>(args: readonly string[]): Promise<T> {
  const ran = await run([...args, "--json"]);
  expect(ran, `${args.join(" ")}\n${ran.out}`).toMatchObject({ code: 0, err: "" });
  expect(ran.out.trimEnd().split("\n")).toHaveLength(1);
  return JSON.parse(ran.out) as T;
}

/** Has a verb do what it is for, as a person or a program calls it. */
const FORMS = ["text", "json"] as const;
const calling = (form: (typeof FORMS)[number]) => async (args: readonly string[]) =>
  form === "json" ? void (await ask(args)) : void (await read(args));

const orders = () => (shop.prepare("select count(*) as n from orders").get() as { n: number }).n;

describe("what only reads", () => {
  test.each<[string[], RegExp, string]>([
    [["status"], /shop +protected +/, "databases"],
    [["databases", "list"], /shop +sqlite, attached +project +protected/, "databases"],
    [["databases", "show", "shop"], /file +.*shop\.db/, "capture"],
    [["window"], /window +30 days/, "oldest"],
    [["bookmark"], /bookmark +[0-9a-f]{8}-/, "bookmark"],
    [["view", "select * from orders order by id"], / 2 {2}中文字 +2/, "results"],
    [["diff", "--from", "now"], /No row differs/, "tables"],
    [["restore-points", "list"], /none/, "restore_points"],
    [["backups", "list"], /none/, "backups"],
    [["restores", "list"], /none/, "restores"],
    [["previews", "list"], /none/, "previews"],
    [["schedules", "list"], /none/, "schedules"],
    [["approvals", "list"], /none/, "approvals"],
    [["tokens", "list"], /first start +lg_/, "tokens"],
    [["members", "list"], /owner@example\.com +owner/, "members"],
    [["webhooks", "list"], /nobody +http/, "webhooks"],
    [["webhooks", "deliveries", "a webhook"], /none/, "deliveries"],
    [["alarms", "list", "--state", "all"], /./, "alarms"],
    [["agents", "list"], /region/, "agents"],
    [["regions", "list"], /any moment\n.* yes/, "regions"],
    [["agents", "list"], /local .* running .* socket/, "agents"],
    [["audit", "list", "--limit", "2"], /database\.attach|token|database/, "entries"],
    [["audit", "status"], /are what was written/, "checked"],
  ])("%s answers a person and a program", async (given, says, field) => {
    const args = given.map((arg) => (arg === "a webhook" ? webhookId : arg));
    const [text, answer] = await Promise.all([read(args), ask<Record<string, unknown>>(args)]);
    expect(text.out).toMatch(says);
    expect(answer).toHaveProperty(field);
  });
});

test("a label before a migration, what it did wrong, rows given back, the whole way back, and the way forth again", async () => {
  await read(["restore-points", "create", "--label", "before v2", "--kind", "pitr"]);
  shop.exec("delete from orders where id = 2; update orders set price = price * 2 where id = 1");
  const diff = await read(["diff", "--from", "before v2"]);
  expect(diff.out).toMatch(/orders +0 +1 +1/);
  expect(diff.err).toMatch(/"before v2" is the commit of .* UTC \(.* Berlin, UTC\+1\)/);
  const rows = await read(["diff", "--from", "before v2", "--table", "orders", "--kinds", "removed"]);
  expect(rows.out).toMatch(/- +2 +中文字 +2/);

  const rowsBack = ["--from", "before v2", "--table", "orders"];
  expect((await read(["give-back", "plan", ...rowsBack])).out).toMatch(/orders +1 +0/);
  expect(await ask(["give-back", "plan", ...rowsBack])).toHaveProperty("plan");
  expect(await run(["give-back", "run", ...rowsBack])).toMatchObject({ code: 5, out: "" });
  expect(orders()).toBe(2);
  const given = await ask<RestoreView>(["give-back", "run", ...rowsBack, "--yes", "--wait"]);
  expect(given).toMatchObject({ status: "completed", target: "rows", rows: { rows: 1 } });
  expect(orders()).toBe(3);
  const ungiven = await ask<RestoreView>(["restores", "undo", given.id, "--yes", "--wait"]);
  expect(ungiven).toMatchObject({ status: "completed", undoOf: given.id });
  expect(orders()).toBe(2);
  await read(["give-back", "run", ...rowsBack, "--yes", "--wait"]);
  expect(orders()).toBe(3);
  shop.exec("delete from orders where id = 2");

  const back = ["restore", "--restore-time", "before v2", "--target-kind", "project"];
  expect((await read([...back, "--plan"])).out).toMatch(/orders +0 +1 +1/);
  const refused = await run([...back, "--wait"]);
  expect(refused).toMatchObject({ code: 5, out: "", err: expect.stringContaining("--confirm-project-overwrite") });
  expect(orders()).toBe(2);
  const restored = await ask<RestoreView>([...back, "--confirm-project-overwrite", "--reason", "v2", "--wait"]);
  expect(restored).toMatchObject({ status: "completed", target: "project", reason: "v2" });
  expect(orders()).toBe(3);
  const undone = await read(["restores", "undo", restored.id, "--yes", "--wait"]);
  expect(undone.out).toMatch(/status +completed/);
  expect(orders()).toBe(2);
  expect((await read(["restores", "show", restored.id])).out).toContain("undone by");
  await read(["restore-points", "delete", "before v2", "--yes"]);
});

test.each(FORMS)("what backups and previews are there for, answered as %s", async (form) => {
  const say = calling(form);
  await say(["backups", "create", "--label", `once ${form}`, "--wait"]);
  const { backups } = await ask<{ backups: BackupView[] }>(["backups", "list"]);
  const key = backups.find(({ label }) => label === `once ${form}`)?.key ?? "";
  for (const verb of ["show", "verify"]) await say(["backups", verb, key]);
  await say(["backups", "download", key, "-o", path.join(folder, `backup-${form}.db`)]);
  await say(["backups", "delete", key, "--yes"]);
  await say(["backups", "undelete", key]);
  await say(["previews", "create", "--at", "now", "--name", `looked-${form}`, "--wait"]);
  await say(["previews", "extend", `looked-${form}`, "--ttl-hours", "48"]);
  await say(["previews", "download", `looked-${form}`, "-o", path.join(folder, `preview-${form}.db`)]);
  const before = orders();
  await say(["cutover", "--preview-id", `looked-${form}`, "--confirm-project-overwrite", "--wait"]);
  expect(orders()).toBe(before);
  await say(["previews", "delete", `looked-${form}`, "--yes"]);
  const { restores } = await ask<{ restores: RestoreView[] }>(["restores", "list"]);
  await say(["restores", "watch", restores[0]?.id ?? ""]);
});

test("a backup, a preview of it, a preview of a moment, cut over to, and back", async () => {
  const backup = await ask<BackupView>(["backups", "create", "--label", "before-the-big-migration", "--wait"]);
  expect(backup).toMatchObject({ status: "completed", label: "before-the-big-migration" });
  const key = backup.key ?? "";
  expect((await read(["backups", "list"])).out).toContain(key);
  const saved = path.join(folder, "saved.db");
  expect(await ask(["backups", "download", key, "-o", saved])).toMatchObject({ output: saved });
  expect(await run(["backups", "download", key, "-o", saved])).toMatchObject({ code: 5 });
  const inspect = ["restore", "--backup-key", key, "--preview-name", "inspect-monday", "--ttl-hours", "24", "--wait"];
  expect((await read(inspect)).out).toMatch(/into +inspect-monday/);
  await read(["previews", "create", "--at", "now", "--name", "rehearsed", "--wait"]);
  await callApi(lastgood, "/databases/rehearsed/query", { body: { sql: "insert into orders(what) values ('new')" } });
  const before = orders();
  const cut = await ask<RestoreView>(["cutover", "--preview-id", "rehearsed", "--confirm-project-overwrite", "--wait"]);
  expect(cut).toMatchObject({ status: "completed", target: "cutover" });
  expect(orders()).toBe(before + 1);
  await read(["restores", "undo", cut.id, "--yes", "--wait"]);
  expect(orders()).toBe(before);
  expect(await run(["previews", "delete", "shop", "--yes"])).toMatchObject({ code: 3 });
  await read(["previews", "delete", "rehearsed", "--yes"]);
});

test("Ctrl-C while it waits leaves the restore running, which is then watched to its end", async () => {
  const { bookmark } = await ask<{ bookmark: string }>(["bookmark"]);
  shop.exec("insert into orders(what) values ('to be lost')");
  const before = orders();
  // Whoever holds the write lock keeps the restore from writing.
  shop.exec("begin immediate");
  const args = ["restore", "--bookmark", bookmark, "--target-kind", "project", "--confirm-project-overwrite", "--wait"];
  const left = await runInTerminal(args, env, [{ expect: " %", type: "\u0003" }]);
  expect(left.code, left.output).toBe(130);
  const id = /lastgood restores watch ([0-9a-f-]{36})/.exec(left.output)?.[1] ?? "";
  expect((await ask<RestoreView>(["restores", "show", id])).status).toBe("running");
  shop.exec("rollback");
  expect((await read(["restores", "watch", id])).out).toMatch(/status +completed/);
  expect(orders()).toBe(before - 1);
});

test.each(FORMS)(
  "a restore that waits for somebody's write lock is cancelled and never writes, as %s",
  async (form) => {
    const { bookmark } = await ask<{ bookmark: string }>(["bookmark"]);
    shop.exec("insert into orders(what) values ('kept')");
    const before = orders();
    shop.exec("begin immediate");
    try {
      const args = ["restore", "--bookmark", bookmark, "--target-kind", "project", "--confirm-project-overwrite"];
      const { id } = await ask<RestoreView>(args);
      const stage = async () => (await ask<RestoreView>(["restores", "show", id])).stage;
      await expect.poll(stage, { timeout: 20_000 }).toBe("prepare");
      await calling(form)(["restores", "cancel", id]);
      // The lock is free right behind the answer: what was answered must hold without anybody's help.
      shop.exec("rollback");
      expect(await run(["restores", "watch", id])).toMatchObject({ code: 7 });
      expect(await run(["restores", "cancel", id])).toMatchObject({ code: 5 });
    } finally {
      if (shop.isTransaction) shop.exec("rollback");
    }
    expect(orders()).toBe(before);
  },
);

test("a terminal shows what would be lost and takes nothing but the name", async () => {
  const { bookmark } = await ask<{ bookmark: string }>(["bookmark"]);
  shop.exec("insert into orders(what) values ('one more')");
  const before = orders();
  const args = ["restore", "--bookmark", bookmark, "--target-kind", "project", "--wait"];
  const wrong = await runInTerminal(args, env, [{ expect: "Type shop to go on", type: "yes\r" }]);
  expect(wrong.code, wrong.output).toBe(5);
  expect(wrong.output).toMatch(/orders +1 +0 +0/);
  expect(orders()).toBe(before);
  const right = await runInTerminal(args, env, [{ expect: "Type shop to go on", type: "shop\r" }]);
  expect(right.code, right.output).toBe(0);
  expect(orders()).toBe(before - 1);
});

test("where two people are needed it asks for the approval, and runs it once it is given", async () => {
  const admin = await addMember(lastgood.data, "acme", "admin");
  const metadata = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
  await metadata.policy.create({ data: { databaseId: shopId, approvals: 1, updatedAtMs: 1n } });
  await metadata.$disconnect();
  const { bookmark } = await ask<{ bookmark: string }>(["bookmark"]);
  shop.exec("insert into orders(what) values ('approved away')");
  const before = orders();
  const args = ["restore", "--bookmark", bookmark, "--target-kind", "project", "--confirm-project-overwrite"];
  expect(await run(args)).toMatchObject({ code: 5, err: expect.stringContaining("--reason") });
  const asked = await run([...args, "--reason", "wrong import", "--json"]);
  expect(asked).toMatchObject({ code: 9, err: "" });
  const { error } = JSON.parse(asked.out) as Refusal;
  expect(error.code).toBe("approval_requested");
  const { approvalId } = error;
  expect(orders()).toBe(before);
  await ask(["approvals", "show", approvalId]);
  expect((await read(["approvals", "show", approvalId])).out).toMatch(/reason +wrong import/);
  const byToken = await run(["approvals", "approve", approvalId, "--yes"]);
  expect(byToken).toMatchObject({ code: 5, err: expect.stringContaining(`/approvals/${approvalId}`) });
  expect(await run(["approvals", "run", approvalId, "--yes"])).toMatchObject({ code: 5 });

  const { digest } = await ask<{ digest: string }>(["approvals", "show", approvalId]);
  const { cookie } = await signIn(lastgood.url, admin);
  const decided = await fetch(`${lastgood.url}/api/namespaces/acme/approvals/${approvalId}/decision`, {
    method: "POST",
    headers: { cookie, origin: lastgood.url, "content-type": "application/json" },
    body: JSON.stringify({ verdict: "approve", digest }),
  });
  expect(decided.status).toBe(200);
  expect((await read(["approvals", "run", approvalId, "--yes", "--wait"])).out).toMatch(/status +completed/);
  expect(orders()).toBe(before - 1);
  for (const form of FORMS) {
    const again = JSON.parse((await run([...args, "--reason", form, "--json"])).out) as Refusal;
    await calling(form)(["approvals", "withdraw", again.error.approvalId]);
  }
});

test("what it would cost to lose this machine is told, with an exit code of its own where no copy lies elsewhere", async () => {
  expect(await run(["exposure"])).toMatchObject({ code: 6, out: expect.stringMatching(/shop +everything/) });
  expect(await run(["exposure", "shop", "--json"])).toMatchObject({ code: 6, err: "" });
});

test.each(FORMS)("databases, schedules and tokens are made, changed and taken away, answered as %s", async (form) => {
  const say = calling(form);
  const file = path.join(folder, `${form}.db`);
  const attached = new DatabaseSync(file);
  attached.exec("pragma journal_mode = wal; create table t(a)");
  await say(["databases", "attach", file, "--name", `attached-${form}`]);
  attached.exec("insert into t values (1)");
  await say(["databases", "create", "notes"]);
  await say(["databases", "update", "notes", "--name", "memos", "--window-days", "60"]);
  expect(await run(["databases", "update", "memos", "--window-days", "5"])).toMatchObject({ code: 5 });
  const { id } = await ask<{ id: string }>(["databases", "show", "memos"]);
  expect(await run(["databases", "connection-string", "memos"])).toMatchObject({ code: 3 });
  const nightly = ["--name", "nightly", "--cron", "0 3 * * *", "--retention-days", "9"];
  await say(["schedules", "create", "-d", "memos", ...nightly]);
  await say(["schedules", "set-daily", "-d", "memos", "--hour", "3", "--retention-days", "7"]);
  for (const verb of ["pause", "resume", "run", "show"]) await say(["schedules", verb, "nightly", "-d", "memos"]);
  await say(["schedules", "delete", "nightly", "-d", "memos", "--yes"]);
  await say(["databases", "delete", "memos", "--yes"]);
  expect((await read(["databases", "list", "--deleted"])).out).toContain("memos");
  await say(["databases", "undelete", id]);
  await say(["databases", "update", id, "--name", `memos-${form}`]);
  await say(["webhooks", "test", webhookId]);
  await say(["erase", `attached-${form}`, "--before", "now", "--confirm"]);
  attached.close();

  const made = ["tokens", "create", "--name", "ci", "--for", "shop", "--expires-in-hours", "24"];
  const actions = ["restore-point.create", "restore-point.list", "database.read"].flatMap((one) => ["--action", one]);
  expect((await read([...made, ...actions])).out).toContain("lg_");
  const { token, id: tokenId } = await ask<{ token: string; id: string }>([...made, ...actions]);
  const weak = { LASTGOOD_TOKEN: token };
  expect(await run(["restore-points", "create", "--label", `by ci ${form}`], weak)).toMatchObject({ code: 0 });
  await say(["restore-points", "create", "--label", `by me ${form}`]);
  await say(["restore-points", "delete", `by me ${form}`, "--yes"]);
  expect(await run(["restore", "--restore-point", `by ci ${form}`, "--wait"], weak)).toMatchObject({ code: 5 });
  await say(["tokens", "revoke", tokenId, "--yes"]);
  expect(await run(["window"], weak)).toMatchObject({ code: 5, err: expect.stringContaining("LASTGOOD_TOKEN") });
});

test("profiles are kept for this user alone, checked first, and give way to the environment", async () => {
  const { url, token } = lastgood;
  const own = { LASTGOOD_URL: "", LASTGOOD_TOKEN: "", LASTGOOD_NAMESPACE: "" };
  const add = ["profiles", "add", "home", "--url", url, "--namespace", "acme"];
  const withInput = (args: string[], input: string) => runLastgood(args, { env: { ...env, ...own }, input });
  expect(await withInput(add, "wrong\n")).toMatchObject({ code: 5 });
  expect(await withInput(add, `${token}\n`)).toMatchObject({ code: 0 });
  expect(statSync(env.LASTGOOD_CONFIG ?? "").mode & 0o777).toBe(0o600);
  const listed = await run(["profiles", "list"], own);
  expect(listed.out).toMatch(/\* +home +http/);
  expect(listed.out).not.toContain(token);
  expect(await run(["window"], own)).toMatchObject({ code: 0 });
  const elsewhere = await run(["window"], { ...own, LASTGOOD_URL: "http://127.0.0.1:1234" });
  expect(elsewhere).toMatchObject({ code: 5, err: expect.stringContaining("is for") });
  expect(await run(["profiles", "remove", "home"], own)).toMatchObject({ code: 0 });
});

test("what is outside of the window, unknown or misspelt is refused with the next step", async () => {
  const calls: [args: string[], code: number, says: RegExp][] = [
    [["bookmark", "2 days ago"], 3, /nearest after it: 20/],
    [["bookmark", "2026-10-25 02:30"], 2, /happens twice in Berlin[\s\S]*00:30:00[\s\S]*01:30:00/],
    [["bookmark", "2026-03-29 02:30"], 2, /does not happen in Berlin/],
    [["window", "-d", "nope"], 3, /no database nope/],
    [["restores", "show", shopId], 3, /no such restore|There is no/],
    [["windo"], 2, /Did you mean lastgood window/],
    [["backups", "creat"], 2, /did you mean create/],
    [["backups", "create", "--lable", "x"], 2, /did you mean --label/],
    [["restore", "--backup-key", "k", "--bookmark", "b"], 2, /exactly one of/],
    [["restore", "--backup-key", "k", "--target-kind", "project", "--ttl-hours", "2"], 2, /no meaning for the target/],
    [["view", "drop table orders"], 5, /./],
  ];
  const all = await Promise.all(calls.map(async ([args, code, says]) => ({ args, code, says, ran: await run(args) })));
  for (const { args, code, says, ran } of all) {
    expect(ran, args.join(" ")).toMatchObject({ code, out: "", err: expect.stringMatching(says) });
  }
});

test("every verb that asks a console did here what it is for, as text and as JSON", () => {
  const missing = (form: (typeof FORMS)[number]) =>
    Object.keys(CONSOLE_CALLS).filter((verb) => !done[form].has(verb) && !ELSEWHERE[verb]?.includes(form));
  expect({ text: missing("text"), json: missing("json") }).toEqual({ text: [], json: [] });
});
