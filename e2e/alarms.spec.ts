import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
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

/** Overwrites half of each file of a history, as a failing disk does. */
function breakHistory(lastgood: StartedLastgood, databaseId: string): void {
  const directory = path.join(runtimePaths(lastgood.data).history, databaseId);
  for (const entry of readdirSync(directory, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = path.join(directory, entry.name);
    const bytes = readFileSync(file);
    writeFileSync(file, bytes.fill(0x5a, Math.floor(bytes.length / 2)));
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
