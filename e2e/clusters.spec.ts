import { execFile } from "node:child_process";
import path from "node:path";
import { promisify } from "node:util";
import AxeBuilder from "@axe-core/playwright";
import pg from "pg";
import { requirePrograms } from "../lib/engines/postgres/programs/find-programs.ts";
import { findPostgres } from "../tests/world/find-postgres.ts";
import { expect, test } from "./fixtures.ts";

const NS = "/api/namespaces/acme";
const MAJOR = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null).major;
const BRANCHES = 1;
const ACCOUNTS = 100_000 * BRANCHES;

/** PostgreSQL's own benchmark, as an application. */
async function pgbench(connectionString: string, args: readonly string[]): Promise<void> {
  const programs = findPostgres();
  if (programs === null) throw new Error("this machine has no PostgreSQL");
  const { password, host, port, user, database } = new pg.Client({ connectionString });
  await promisify(execFile)(path.join(programs, "pgbench"), args, {
    env: {
      ...process.env,
      PGPASSWORD: password ?? "",
      PGHOST: host,
      PGPORT: String(port),
      PGUSER: user ?? "",
      PGDATABASE: database ?? "",
    },
  });
}

async function ask<T>(connectionString: string, sql: string): Promise<T[]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  try {
    return (await client.query(sql)).rows as T[];
  } finally {
    await client.end();
  }
}

test("a person hosts a cluster, sees what a DROP TABLE took, looks, makes a preview, restores and undoes it; the connection string stays", async ({
  ownerPage: page,
  api,
}) => {
  test.setTimeout(240_000);
  const name = "till";
  const connectionOf = async (database: string) =>
    ((await (await api(`${NS}/databases/${database}`)).json()) as { connectionString: string }).connectionString;
  let connection = "";
  let past = "";

  await test.step("it is hosted from the first page on", async () => {
    await page.goto("/databases/new");
    await page.getByRole("radio", { name: /Host a new cluster/ }).click();
    await page.getByLabel(/^Name/).fill(name);
    await page.getByRole("button", { name: `Protect ${name}` }).click();
    await expect(page.getByRole("heading", { name: "Connect to it" })).toBeVisible({ timeout: 60_000 });
    await expect(page.getByText(`PostgreSQL ${MAJOR}`).first()).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ""}`)).toEqual([]);
  });

  await test.step("its connection string is shown to who asks for it", async () => {
    await expect(page.getByText("postgresql://app:")).toHaveCount(0);
    await page.getByRole("button", { name: "Show the connection string" }).click();
    const shown = page.getByRole("region", { name: "Connection string" }).locator("p").first();
    await expect(shown).toContainText("postgresql://app:");
    connection = (await shown.textContent()) ?? "";
    expect(connection).toBe(await connectionOf(name));
  });

  await test.step("pgbench fills it, and somebody drops a table", async () => {
    await pgbench(connection, ["-i", "-q", "-s", String(BRANCHES)]);
    await pgbench(connection, ["-c", "2", "-t", "50"]);
    await ask(connection, "DROP TABLE pgbench_accounts");
  });

  await test.step("just before that it is there, and can be looked at", async () => {
    await page.goto(`/databases/${name}/backups`);
    await page.getByRole("button", { name: "As a table" }).click();
    const row = page.getByRole("row").filter({ hasText: "DROP TABLE" });
    await expect(row).toBeVisible({ timeout: 60_000 });
    await row.getByRole("button", { name: "Just before DROP TABLE" }).click();
    await page.getByRole("link", { name: "Look at this moment" }).click();
    await expect(page).toHaveURL(/\/past\?at=[0-9a-f-]{59}/);
    past = page.url();
    await expect(page.getByText("You are looking at the past.")).toBeVisible();
    await page.getByRole("button", { name: /^pgbench_accounts/ }).click({ timeout: 60_000 });
    await page.getByRole("radio", { name: "As it was" }).click();
    const editor = page.getByRole("textbox", { name: "SQL of as it was" });
    await editor.fill("select count(*) as accounts from pgbench_accounts");
    await page.keyboard.press("Control+Enter");
    await expect(page.getByRole("cell", { name: String(ACCOUNTS), exact: true })).toBeVisible({ timeout: 60_000 });
  });

  await test.step("a preview of it is a cluster of its own", async () => {
    await page.getByRole("button", { name: "Preview…" }).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByLabel(/^Name/).fill("till-before-drop");
    await expect(dialog.getByText(/recovered as a cluster of its own/)).toBeVisible();
    await dialog.getByRole("button", { name: "Make the preview" }).click();
    await expect(page.getByRole("heading", { name: /is there/ })).toBeVisible({ timeout: 60_000 });
    const preview = await connectionOf("till-before-drop");
    expect(preview).not.toBe(connection);
    const [counted] = await ask<{ n: number }>(preview, "select count(*)::int as n from pgbench_accounts");
    expect(counted?.n).toBe(ACCOUNTS);
  });

  await test.step("the cluster itself goes back, with the same connection string", async () => {
    await page.goto(past);
    await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByText(/same connection string/)).toBeVisible({ timeout: 30_000 });
    await dialog.getByLabel(/Type .* to confirm/).fill(name);
    await dialog.getByLabel(/Reason/).fill("DROP TABLE in the wrong window");
    await dialog.getByRole("button", { name: new RegExp(`^Restore ${name}`) }).click();
    await expect(page.getByText("Restored and checked")).toBeVisible({ timeout: 60_000 });
    const [counted] = await ask<{ n: number }>(connection, "select count(*)::int as n from pgbench_accounts");
    expect(counted?.n).toBe(ACCOUNTS);
  });

  await test.step("undo brings back what was there", async () => {
    await page.getByRole("button", { name: "Undo this restore" }).click();
    await expect(page.getByText("Undone and checked")).toBeVisible({ timeout: 60_000 });
    await expect(ask(connection, "table pgbench_accounts")).rejects.toThrow(/does not exist/);
    expect(await connectionOf(name)).toBe(connection);
  });
});
