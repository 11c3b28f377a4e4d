import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Webhook } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AlarmSettingsView, AlarmsView, AlarmView } from "../../lib/client/alarm-types.ts";
import type { DrillView } from "../../lib/client/drill-types.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { callApi } from "../world/call-api.ts";
import { type MailServer, startMailServer } from "../world/mail-server.ts";
import { askLastgood, runLastgood } from "../world/run-lastgood.ts";
import { type StartedLastgood, startLastgood } from "../world/start-lastgood.ts";
import { type Receiver, startReceiver } from "../world/webhook-receiver.ts";

let lastgood: StartedLastgood;
let mail: MailServer;
let pager: Receiver;
let watcher: Receiver;
let shop: string;
let secret: string;

beforeAll(async () => {
  [mail, pager, watcher] = await Promise.all([startMailServer(), startReceiver(), startReceiver()]);
  lastgood = await startLastgood({
    env: {
      LASTGOOD_SMTP_URL: mail.url,
      LASTGOOD_ALARM_FROM: "Lastgood <alarms@lastgood.example>",
      LASTGOOD_HEARTBEAT_URL: `${watcher.url}beat`,
      LASTGOOD_EGRESS_ALLOW: "127.0.0.1",
      NODE_EXTRA_CA_CERTS: mail.certificate,
    },
  });
  shop = (await callApi<{ id: string }>(lastgood, "/databases", { body: { name: "shop", engine: "sqlite" } })).body.id;
  const query = (sql: string) => callApi(lastgood, "/databases/shop/query", { body: { sql } });
  await query("CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL)");
  for (let n = 0; n < 20; n += 1) await query(`INSERT INTO orders(total) VALUES (${n})`);
  const types = ["alarm.raised", "alarm.acknowledged", "alarm.resolved"];
  const made = await callApi<{ secret: string }>(lastgood, "/webhooks", {
    body: { name: "pager", url: pager.url, types },
  });
  secret = made.body.secret;
}, 90_000);
afterAll(async () => {
  await lastgood.remove();
  await Promise.all([mail.remove(), pager.stop(), watcher.stop()]);
});

const open = async () => (await callApi<AlarmsView>(lastgood, "/alarms?state=open")).body;

/** Asks until it is so; what was found last is told otherwise. */
async function until<T>(ask: () => Promise<T>, isSo: (found: T) => boolean, forMs = 45_000): Promise<T> {
  const untilMs = performance.now() + forMs;
  for (;;) {
    const found = await ask();
    if (isSo(found)) return found;
    if (performance.now() > untilMs) throw new Error(`It did not come to be: ${JSON.stringify(found)}`);
    await sleep(150);
  }
}

const asOwner = () => ({
  ...{ LASTGOOD_URL: lastgood.url, LASTGOOD_TOKEN: lastgood.token, LASTGOOD_NAMESPACE: lastgood.namespace },
  NO_COLOR: "1",
});

async function drilled(): Promise<DrillView> {
  const { body: begun } = await callApi<DrillView>(lastgood, "/databases/shop/drills", { body: { aims: ["random"] } });
  const read = async () => (await callApi<DrillView>(lastgood, `/databases/shop/drills/${begun.id}`)).body;
  return until(read, ({ status }) => status !== "queued" && status !== "running");
}

/** Overwrites half of each file of its history, as a failing disk does. */
function breakHistory(): void {
  const directory = path.join(runtimePaths(lastgood.data).history, shop);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(directory, entry.name);
    const bytes = readFileSync(file);
    bytes.fill(0x5a, Math.floor(bytes.length / 2));
    writeFileSync(file, bytes);
  }
}

function toldOf(n: number) {
  const { body = "", headers = {} } = pager.received[n] ?? {};
  return new Webhook(secret).verify(body, headers) as { type: string; data: { alarm: Record<string, unknown> } };
}

test("a test message reaches everybody who is told, over TLS and signed in", async () => {
  const settings = { toAdmins: true, recipients: ["oncall@shop.example"], massDeleteRows: 5000, version: 0 };
  const set = await callApi<AlarmSettingsView>(lastgood, "/alarms/settings", { method: "PUT", body: settings });
  expect(set.body.told).toEqual([lastgood.owner.email, "oncall@shop.example"]);
  expect((await callApi(lastgood, "/alarms/test", { method: "POST" })).status).toBe(202);
  const received = await mail.until(2);
  expect(received.flatMap(({ to }) => to).sort()).toEqual(["oncall@shop.example", lastgood.owner.email]);
  expect(received[0]).toMatchObject({
    user: "alarms",
    secure: true,
    mail: { subject: "[Lastgood] Test: alarms of acme" },
  });
  const read = async () => (await callApi<AlarmSettingsView>(lastgood, "/alarms/settings")).body.test;
  expect(await until(read, (said) => said?.status !== "pending")).toMatchObject({ status: "sent", recipients: 2 });
  expect(await open()).toMatchObject({ alarms: [], counts: { raised: 0 }, telling: { mail: { error: null } } });
});

test("a broken history fails a drill, and the alarm arrives by e-mail and at the webhook", async () => {
  breakHistory();
  expect(await drilled()).toMatchObject({ status: "failed" });
  const { alarms } = await until(open, (found) => found.alarms.some(({ kind }) => kind === "drill_failed"));
  const alarm = alarms.find(({ kind }) => kind === "drill_failed");
  expect(alarm).toMatchObject({ state: "raised", weight: "urgent", database: { name: "shop" }, title: "Drill failed" });
  const isAbout = ({ mail: { text = "" } }: MailServer["received"][number]) => text.includes("Drill failed, shop");
  const arrived = await until(
    async () => mail.received.filter(isAbout),
    (found) => found.length === 2,
  );
  expect(arrived[0]?.mail.text).toContain(`${lastgood.url}/alarms`);
  expect(arrived[0]?.mail.text?.replaceAll(/\s+/g, " ")).toContain("RAISED Drill failed, shop Since");
  await until(
    async () => pager.received.length,
    (count) => count >= alarms.length,
  );
  const told = pager.received.map((_, n) => toldOf(n)).find(({ data }) => data.alarm.kind === "drill_failed");
  expect(told).toMatchObject({ type: "alarm.raised", data: { alarm: { id: alarm?.id, text: alarm?.text } } });
});

test("what the e-mail server does not take is told on the page, and arrives once it runs again", async () => {
  const before = mail.received.length;
  await mail.stop();
  const { alarms } = await open();
  const { id = "" } = alarms.find(({ kind }) => kind === "drill_failed") ?? {};
  const known = await runLastgood(["alarms", "acknowledge", id, "--note", "On my way."], { env: asOwner() });
  expect(known).toMatchObject({ code: 0, err: "", out: expect.stringContaining("Acknowledged: Drill failed, shop.") });
  const { telling } = await until(open, ({ telling: said }) => said.mail.error !== null);
  expect(telling.mail).toMatchObject({
    error: "The e-mail server refused the connection: nothing listens there.",
    pending: expect.any(Number),
  });
  await mail.start();
  await until(
    async () => mail.received.slice(before).filter(({ mail: { text } }) => text?.includes("On my way.")),
    (found) => found.length === 2,
  );
  expect((await until(open, ({ telling: said }) => said.mail.pending === 0)).telling.mail.error).toBeNull();
});

test("the alarm survives a restart of the agent, and is not raised again", async () => {
  const count = async () =>
    (await callApi<AlarmsView>(lastgood, "/alarms")).body.alarms.filter(({ kind }) => kind === "drill_failed");
  process.kill(lastgood.pidOf("agent") ?? 0, "SIGKILL");
  await lastgood.ready();
  await sleep(12_000);
  expect(await count()).toMatchObject([{ state: "acknowledged" }]);
});

test("somebody who says why resolves it from the command line, and it is not raised again", async () => {
  const { alarms } = await open();
  const { id = "" } = alarms.find(({ kind }) => kind === "drill_failed") ?? {};
  const args = ["alarms", "resolve", id, "--reason", "The disk is replaced tonight."];
  expect(await askLastgood<AlarmView>(args, { env: asOwner() })).toMatchObject({ id, state: "resolved" });
  const listed = await runLastgood(["alarms", "list"], { env: asOwner() });
  expect(listed).toMatchObject({ code: 0, out: expect.not.stringContaining("Drill failed") });
});

test("an address outside is called while all is well", async () => {
  await watcher.until(1);
  expect(watcher.received[0]).toMatchObject({ method: "GET", path: "/beat" });
}, 90_000);
