import { createPublicKey, type JsonWebKey, verify } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Locator, Page } from "@playwright/test";
import pg from "pg";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { type MailServer, startMailServer } from "../tests/world/mail-server.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { type Receiver, startReceiver } from "../tests/world/webhook-receiver.ts";
import { expect, test as inLastgood } from "./fixtures.ts";

/** A Lastgood of its own: what it tells goes to a server and a receiver of this spec. */
const test = inLastgood.extend<object, { mail: MailServer; pager: Receiver; lastgood: StartedLastgood }>({
  mail: [
    async ({ browserName: _ }, use) => {
      const server = await startMailServer();
      await use(server);
      await server.remove();
    },
    { scope: "worker" },
  ],
  pager: [
    async ({ browserName: _ }, use) => {
      const receiver = await startReceiver();
      await use(receiver);
      await receiver.stop();
    },
    { scope: "worker" },
  ],
  lastgood: [
    async ({ mail }, use) => {
      const env = {
        LASTGOOD_SMTP_URL: mail.url,
        LASTGOOD_ALARM_FROM: "Lastgood <alarms@shop.example>",
        LASTGOOD_EGRESS_ALLOW: "127.0.0.0/8",
        NODE_EXTRA_CA_CERTS: mail.certificate,
      };
      const lastgood = await startLastgood({ env });
      await use(lastgood);
      await lastgood.remove();
    },
    { scope: "worker", timeout: 90_000 },
  ],
});

const NS = "/api/namespaces/acme";

/** Overwrites half of each file of a history, or of a folder in it, as a failing disk does. Answers how many there were. */
function breakHistory(lastgood: StartedLastgood, databaseId: string, folder = ""): number {
  const directory = path.join(runtimePaths(lastgood.data).history, databaseId, folder);
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { name } of files) {
    const file = path.join(directory, name);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, Math.floor(bytes.length / 2)));
  }
  return files.length;
}

/** Plans drills with one assertion of one's own. */
async function planDrills(page: Page, database: string, name: string, sql: string): Promise<void> {
  await page.goto(`/databases/${database}/drills`);
  await expect(page.getByText("Never proven")).toBeVisible();
  await page.getByRole("button", { name: "Plan drills…" }).click();
  await page.getByRole("button", { name: "Add an assertion" }).click();
  await page.getByLabel("Name of assertion 1").fill(name);
  await page.getByLabel("Query of assertion 1").fill(sql);
  await page.getByRole("button", { name: "Save plan" }).click();
  await expect(page.getByText("with 1 assertion of your own")).toBeVisible();
}

type Receipt = { payload: string; protected: string; signature: string; key: JsonWebKey };

/** Runs a drill by its button, sees it run, and answers its receipt on the page and what the downloaded one says, its signature checked. */
async function drillNow(
  page: Page,
  seen?: () => Promise<unknown>,
): Promise<{ shown: Locator; said: { status: string; database: { name: string } } }> {
  await page.getByRole("button", { name: "Run a drill now" }).click();
  await expect(page.getByRole("button", { name: "Drill is running…" })).toBeDisabled();
  await seen?.();
  await expect(page.getByText(/^Back in/)).toBeVisible({ timeout: 60_000 });
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ""}`)).toEqual([]);
  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Receipt" }).click();
  const file = await (await downloading).path();
  const { payload, protected: header, signature, key } = JSON.parse(readFileSync(file, "utf8")) as Receipt;
  const isGenuine = (text: string) =>
    verify(null, Buffer.from(text), createPublicKey({ key, format: "jwk" }), Buffer.from(signature, "base64url"));
  expect(isGenuine(`${header}.${payload}`)).toBe(true);
  expect(isGenuine(`${header}.${payload.slice(0, -2)}`)).toBe(false);
  const said = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
  return { shown: page.getByRole("region", { name: "the newest moment" }), said };
}

async function asApp<Row>(connectionString: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows as Row[];
  } finally {
    await client.end();
  }
}

test("a broken history fails a drill: the first page changes, it arrives outside, and people say that they know of it", async ({
  ownerPage: page,
  api,
  lastgood,
  mail,
  pager,
}) => {
  const post = async <T>(address: string, body: object): Promise<T> => {
    const answer = await api(`${NS}${address}`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return (await answer.json()) as T;
  };
  const { id } = await post<{ id: string }>("/databases", { name: "shop", engine: "sqlite" });
  await post("/databases/shop/query", { sql: "create table t(a); insert into t values (1)" });
  for (let n = 0; n < 10; n += 1) await post("/databases/shop/query", { sql: `insert into t values (${n})` });
  await post("/webhooks", { name: "pager", url: pager.url, types: ["alarm.raised", "alarm.resolved"] });

  await page.goto("/alarms");
  await expect(page.getByRole("heading", { name: "No alarm." })).toBeVisible();
  await page.getByRole("button", { name: "Who is told…" }).click();
  await page.getByLabel("Further addresses").fill("oncall@shop.example");
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("owner@example.com, oncall@shop.example")).toBeVisible();
  await page.getByRole("button", { name: "Send a test" }).click();
  await expect(page.getByText("The test was taken by the e-mail server.")).toBeVisible();
  expect(mail.received.flatMap(({ to }) => to).sort()).toEqual(["oncall@shop.example", "owner@example.com"]);

  await planDrills(page, "shop", "There are rows", "SELECT count(*) > 10 FROM t");
  const { shown, said } = await drillNow(page);
  await expect(shown.getByText("11 rows in 1 table")).toBeVisible();
  for (const found of [/integrity check found nothing/, /^passed: There are rows$/])
    await expect(shown.getByText(found)).toBeVisible();
  expect(said).toMatchObject({ status: "passed", database: { name: "shop" } });

  breakHistory(lastgood, id);
  await page.goto("/databases/shop/drills");
  await page
    .getByRole("button", { name: /drill now/i })
    .first()
    .click();
  await page.goto("/");
  const band = page.getByRole("region", { name: "Alarms" });
  await expect(band).toContainText("Drill failed, shop.", { timeout: 60_000 });
  await expect(page.getByRole("link", { name: /Alarms \d raised/ }).first()).toBeVisible();
  const isAbout = ({ mail: { text = "" } }: MailServer["received"][number]) => text.includes("Drill failed, shop");
  await expect.poll(() => mail.received.filter(isAbout).length).toBe(2);
  await expect.poll(() => pager.received.map(({ body }) => body).join()).toContain("drill_failed");

  await band.getByRole("link", { name: /alarms/i }).click();
  const row = page.getByRole("listitem").filter({ hasText: "Drill failed" });
  await expect(row.getByText("2 e-mails sent")).toBeVisible();
  await row.getByRole("button", { name: "Acknowledge…" }).click();
  await page.getByLabel("Note").fill("On my way.");
  await page.getByRole("button", { name: "Acknowledge", exact: true }).click();
  await expect(row.getByText("owner@example.com knows of it: On my way.")).toBeVisible();
  await row.getByRole("button", { name: "Resolve…" }).click();
  const resolve = page.getByRole("button", { name: "Resolve", exact: true });
  await expect(resolve).toBeDisabled();
  await page.getByLabel("Reason").fill("The disk is replaced tonight.");
  await resolve.click();
  await expect(row).toHaveCount(0);
  await page.getByRole("radio", { name: "Resolved" }).click();
  await expect(page.getByText(/owner@example.com resolved it.*The disk is replaced tonight\./)).toBeVisible();
  await expect
    .poll(() => mail.received.filter(({ mail: { text } }) => text?.includes("replaced tonight")).length)
    .toBe(2);
});

test("a drill of a cluster proves it; an archived segment that was altered fails the next one, and everybody hears of it", async ({
  ownerPage: page,
  api,
  lastgood,
  mail,
  pager,
  strangerPage,
}) => {
  test.setTimeout(240_000);
  await api(`${NS}/databases`, { method: "POST", body: JSON.stringify({ name: "till", engine: "postgres" }) });
  const till = (await (await api(`${NS}/databases/till`)).json()) as { id: string; connectionString: string };
  const { id, connectionString } = till;
  const url = new URL("cluster", pager.url).href;
  await api(`${NS}/webhooks`, {
    method: "POST",
    body: JSON.stringify({ name: "cluster pager", url, types: ["alarm.raised"] }),
  });
  await asApp(
    connectionString,
    "CREATE TABLE receipts AS SELECT n AS id, md5(n::text) AS note FROM generate_series(1, 1000) n",
  );

  await test.step("on demand, watched, with its receipt", async () => {
    await planDrills(page, "till", "There are receipts", "SELECT count(*) = 1000 FROM receipts");
    const { shown, said } = await drillNow(page, () =>
      expect(page.getByRole("status").filter({ hasText: "Restoring into a throwaway" })).toBeVisible(),
    );
    await expect(shown.getByText("1,000 rows in 1 table")).toBeVisible();
    for (const found of [/amcheck/, /checksum/, /^passed: There are receipts$/]) {
      await expect(shown.getByText(found).first()).toBeVisible();
    }
    expect(said).toMatchObject({ status: "passed", database: { name: "till" } });
    await page.goto("/databases/till");
    await expect(page.getByRole("region", { name: "If this machine died now" }).getByText(/, back in/)).toBeVisible();
  });

  await test.step("an altered segment fails it: first page, e-mail, webhook", async () => {
    await asApp(
      connectionString,
      "INSERT INTO receipts SELECT n, repeat(md5(n::text), 20) FROM generate_series(1, 60000) n",
    );
    const archive = path.join("incarnation-0001", "arch");
    await expect.poll(() => breakHistory(lastgood, id, archive), { timeout: 60_000 }).toBeGreaterThan(0);
    await page.goto("/databases/till/drills");
    await page.getByRole("button", { name: "Run a drill now" }).click();
    await page.goto("/");
    await expect(page.getByRole("region", { name: "Alarms" })).toContainText("Drill failed, till.", {
      timeout: 60_000,
    });
    const isAbout = ({ mail: { text = "" } }: MailServer["received"][number]) => text.includes("Drill failed, till");
    await expect.poll(() => mail.received.some(isAbout)).toBe(true);
    const told = () => pager.received.filter(({ path: to }) => to === "/cluster").map(({ body }) => body);
    await expect.poll(() => told().join()).toContain("drill_failed");
  });

  await test.step("at night on a phone: from the e-mail to what failed, with signing in between", async () => {
    const { text = "" } = mail.received.find(({ mail: { text } }) => text?.includes("Drill failed, till"))?.mail ?? {};
    const link = /^See the drill: (.*)$/m.exec(text)?.[1] ?? "";
    expect(link).toBe(`${lastgood.url}/databases/till/drills`);
    await strangerPage.setViewportSize({ width: 390, height: 844 });
    await strangerPage.goto(link);
    await strangerPage.getByLabel("E-mail").fill(lastgood.owner.email);
    await strangerPage.getByLabel("Password").fill(lastgood.owner.password);
    await strangerPage.getByRole("button", { name: "Sign in" }).click();
    await expect(strangerPage).toHaveURL(link);
    await expect(strangerPage.getByText("The last drill failed")).toBeVisible();
    await expect(strangerPage.getByRole("region", { name: "the newest moment" })).toContainText("failed:");
    await strangerPage.getByRole("region", { name: "Alarms" }).getByRole("link", { name: "To the alarms" }).click();
    await expect(strangerPage.getByRole("link", { name: "See the drill" }).first()).toBeVisible();
  });
});
