import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Webhook } from "standardwebhooks";
import { expect, test } from "./fixtures.ts";

const NS = "/api/namespaces/acme";
const LABEL = "before the big migration";

type Received = { headers: Record<string, string>; body: string };

/** A receiver as somebody would run one: it keeps what it was sent and answers 200. */
async function startReceiver() {
  const received: Received[] = [];
  const server = createServer((incoming, outgoing) => {
    const parts: Buffer[] = [];
    incoming.on("data", (part: Buffer) => parts.push(part));
    incoming.on("end", () => {
      const headers = Object.fromEntries(
        Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]),
      );
      received.push({ headers, body: Buffer.concat(parts).toString("utf8") });
      outgoing.writeHead(200).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  return { received, url: `http://127.0.0.1:${port}/hooks`, close: () => server.close() };
}

test("a backup is labelled, watched, pinned, restored into a preview and downloaded, and a receiver is told of it", async ({
  ownerPage: page,
  lastgood,
  api,
}) => {
  test.setTimeout(180_000);
  const name = "kept";
  const post = (route: string, body: unknown) => api(`${NS}${route}`, { method: "POST", body: JSON.stringify(body) });
  const query = async (database: string, sql: string) => {
    const answer = await post(`/databases/${database}/query`, { sql });
    expect(answer.status, await answer.clone().text()).toBe(200);
    return ((await answer.json()) as { results: Record<string, unknown>[] }[])[0]?.results ?? [];
  };
  expect((await post("/databases", { name, engine: "sqlite" })).status).toBe(201);
  await query(name, "create table invoices (id integer primary key, total numeric)");
  await query(
    name,
    "with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) insert into invoices select i, i * 1.25 from n",
  );
  const receiver = await startReceiver();
  const folder = mkdtempSync(path.join(tmpdir(), "backup-spec-"));
  const made = await post("/webhooks", { name: "ops", url: receiver.url, types: ["backup.completed"] });
  expect(made.status, await made.clone().text()).toBe(201);
  const { secret } = (await made.json()) as { secret: string };

  const list = page.getByRole("region", { name: "Backups", exact: true });
  const row = list.getByRole("listitem").filter({ hasText: LABEL });

  await test.step("it is made with a label, and its end is seen", async () => {
    await page.goto(`/databases/${name}/backups`);
    await list.getByRole("button", { name: "Back up now…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Label/).fill(LABEL);
    await dialog.getByRole("button", { name: "Back up now" }).click();
    await expect(row).toBeVisible();
    await expect(row).toContainText("checked", { timeout: 60_000 });
  });

  await test.step("the receiver's own library accepts what it was sent", async () => {
    await expect.poll(() => receiver.received.length, { timeout: 30_000 }).toBeGreaterThan(0);
    const [{ headers, body } = { headers: {}, body: "" }] = receiver.received;
    const event = new Webhook(secret).verify(body, headers) as { type: string; data: { backup: { label: string } } };
    expect(event).toMatchObject({ type: "backup.completed", data: { backup: { label: LABEL } } });
    expect(() => new Webhook(secret).verify(body.replace(LABEL, "another"), headers)).toThrow();
  });

  await test.step("a label is pinned to it", async () => {
    await row.getByRole("button", { name: /^More of the backup/ }).click();
    await page.getByRole("menuitem", { name: "Pin a label…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Label/).fill("quarter close");
    await dialog.getByRole("button", { name: "Pin it" }).click();
    await expect(row).toContainText("quarter close");
    await expect(page.getByRole("region", { name: "Labels" })).toContainText("quarter close");
  });

  await test.step("it becomes a preview, while the database has lost everything", async () => {
    await query(name, "delete from invoices");
    await row.getByRole("button", { name: /^More of the backup/ }).click();
    await page.getByRole("menuitem", { name: "Restore…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Name/).fill("kept-look");
    const make = dialog.getByRole("button", { name: "Make the preview" });
    await expect(make).toBeEnabled({ timeout: 30_000 });
    await make.click();
    await expect(page.getByRole("heading", { name: "The preview kept-look is there." })).toBeVisible({
      timeout: 60_000,
    });
    expect(await query("kept-look", "select count(*) as n, sum(total) as s from invoices")).toEqual([
      { n: 500, s: 156_562.5 },
    ]);
    expect(await query(name, "select count(*) as n from invoices")).toEqual([{ n: 0 }]);
  });

  await test.step("it brings the database itself back, and that can be undone", async () => {
    await page.goto(`/databases/${name}/backups`);
    await row.getByRole("button", { name: /^More of the backup/ }).click();
    await page.getByRole("menuitem", { name: "Restore…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByRole("radio", { name: new RegExp(`Overwrite ${name}`) }).check();
    await dialog.getByLabel(/Reason/).fill("The migration went wrong");
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
    const run = dialog.getByRole("button", { name: `Restore ${name}` });
    await expect(run).toBeEnabled({ timeout: 30_000 });
    await run.click();
    await expect(page.getByRole("button", { name: "Undo this restore" })).toBeVisible({ timeout: 60_000 });
    expect(await query(name, "select count(*) as n from invoices")).toEqual([{ n: 500 }]);
    await page.getByRole("button", { name: "Undo this restore" }).click();
    await expect(page.getByText("Undone and checked")).toBeVisible({ timeout: 60_000 });
    expect(await query(name, "select count(*) as n from invoices")).toEqual([{ n: 0 }]);
  });

  await test.step("what is downloaded is the database as it was", async () => {
    await page.goto(`/databases/${name}/backups`);
    const waiting = page.waitForEvent("download");
    await row.getByRole("button", { name: /^More of the backup/ }).click();
    await page.getByRole("menuitem", { name: "Download" }).click();
    const download = await waiting;
    const file = path.join(folder, "kept.db");
    await download.saveAs(file);
    const database = new DatabaseSync(file, { readOnly: true });
    expect(database.prepare("select count(*) as n from invoices").get()).toMatchObject({ n: 500 });
    expect(database.prepare("pragma integrity_check").get()).toMatchObject({ integrity_check: "ok" });
    database.close();
    const { backups } = (await (await api(`${NS}/databases/${name}/backups`)).json()) as {
      backups: { label: string; sha256: string }[];
    };
    const { sha256 } = backups.find(({ label }) => label === LABEL) ?? { sha256: "" };
    expect(createHash("sha256").update(readFileSync(file)).digest("hex")).toBe(sha256);
  });

  await test.step("keeping fewer shows first what would go, and never what is pinned", async () => {
    for (const label of ["one", "two"]) expect((await post(`/databases/${name}/backups`, { label })).status).toBe(202);
    await expect(list.getByRole("listitem").filter({ hasText: "checked" })).toHaveCount(3, { timeout: 60_000 });
    await list.getByRole("button", { name: "Retention…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel("At most").fill("1");
    await expect(dialog.getByRole("region", { name: "What would go" })).toContainText("1 backup would be deleted");
    await expect(dialog.getByRole("region", { name: "What would go" })).toContainText(`${LABEL} (pinned)`);
    await dialog.getByRole("button", { name: "Save" }).click();
    await expect(dialog).toBeHidden();
  });

  await test.step("a deleted one is brought back", async () => {
    const two = list.getByRole("listitem").filter({ hasText: "two" });
    await two.getByRole("button", { name: /^More of the backup/ }).click();
    await page.getByRole("menuitem", { name: "Delete…" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Delete the backup" }).click();
    await two.getByRole("button", { name: /^Bring the backup/ }).click();
    await expect(two).toContainText("checked");
  });
  receiver.close();
  rmSync(folder, { recursive: true, force: true });
  expect(lastgood.output()).not.toContain(secret);
});
