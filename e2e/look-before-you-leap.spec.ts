import { DatabaseSync } from "node:sqlite";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

const NS = "/api/namespaces/acme";
const WISHES = 240;

/** The file of the sample, as somebody with a shell on its machine has it in their hands. */
class ShopFile {
  readonly #database: DatabaseSync;

  constructor(path: string) {
    this.#database = new DatabaseSync(path, { timeout: 20_000 });
  }

  count(table: string): number {
    return Number(this.#database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n);
  }

  /** One more table in it, that the shop itself knows nothing of. */
  addWishes(rows: number): void {
    this.#database.exec(`CREATE TABLE wishes (id INTEGER PRIMARY KEY, customer_id INTEGER NOT NULL, wish TEXT NOT NULL);
      WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
      INSERT INTO wishes SELECT i, 1 + i % 10, 'wish number ' || i FROM n`);
  }

  /** Without WHERE. */
  deleteWishes(): number {
    return Number(this.#database.prepare("DELETE FROM wishes").run().changes);
  }

  close(): void {
    this.#database.close();
  }
}

async function signIn(page: Page, { email, password }: { email: string; password: string }): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Password").fill(password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
}

test("a person sees what a DELETE took, gives only that back, undoes it, tries a preview, cuts over and undoes that", async ({
  page,
  lastgood,
  api,
}) => {
  test.setTimeout(240_000);
  const name = "leap";
  const created = await api(`${NS}/databases`, {
    method: "POST",
    body: JSON.stringify({ name, engine: "sqlite", sample: true }),
  });
  expect(created.status).toBe(201);
  const database = async () =>
    (await (await api(`${NS}/databases/${name}`)).json()) as { path: string; capture: { state: string } | null };
  await expect.poll(async () => (await database()).capture?.state, { timeout: 60_000 }).toBe("protected");
  const shop = new ShopFile((await database()).path);
  const cell = async (of: string, sql: string) => {
    const answer = await api(`${NS}/databases/${of}/query`, { method: "POST", body: JSON.stringify({ sql }) });
    expect(answer.status, await answer.clone().text()).toBe(200);
    return ((await answer.json()) as { results: Record<string, unknown>[] }[])[0]?.results[0]?.n;
  };
  shop.addWishes(WISHES);
  await expect.poll(() => shop.count("orders"), { timeout: 60_000 }).toBeGreaterThan(20);
  await signIn(page, lastgood.owner);
  let gone = 0;
  let past = "";

  await test.step("after a DELETE without WHERE its mark appears, and leads to the moment just before", async () => {
    gone = shop.deleteWishes();
    expect(gone).toBe(WISHES);
    await page.goto(`/databases/${name}/backups`);
    const marks = page.getByRole("group", { name: "Marks" });
    await expect(marks.getByRole("button", { name: /DELETE/ }).first()).toBeAttached({ timeout: 60_000 });
    await page.getByRole("slider").first().focus();
    await page.keyboard.press("b");
    await page.getByRole("link", { name: "Look at this moment" }).click();
    await expect(page).toHaveURL(/\/past\?at=[0-9a-f-]{59}/);
    past = page.url();
  });

  await test.step("the differences say exactly how many rows went", async () => {
    await expect(page.getByText("You are looking at the past.")).toBeVisible();
    await page.getByRole("button", { name: /^wishes/ }).click();
    await expect(page.getByRole("group", { name: "Rows shown" })).toContainText(
      `${gone.toLocaleString("en-US")} deleted since`,
      { timeout: 60_000 },
    );
    await expect(page.getByText("deleted since", { exact: true }).first()).toBeVisible();
    await expect(page.getByText(new RegExp(`^${gone.toLocaleString("en-US")} rows then, `))).toBeVisible();
  });

  await test.step("they can be looked at with SQL; what is wrong with a statement stands right below it", async () => {
    await page.getByRole("radio", { name: "As it was" }).click();
    const editor = page.getByRole("textbox", { name: "SQL of as it was" });
    await editor.fill("select count(*) as wishes, max(id) from wishez");
    await page.keyboard.press("Control+Enter");
    await expect(page.getByText("no such table: wishez")).toBeVisible();
    await editor.fill("select count(*) as wishes from wishes");
    await page.keyboard.press("Control+Enter");
    await expect(page.getByRole("cell", { name: String(gone), exact: true })).toBeVisible();
    await expect(page.getByText(/^1 row in [\d.]+ m?s$/)).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id} ${nodes[0]?.html ?? ""}`)).toEqual([]);
    await page.getByRole("radio", { name: "Differences" }).click();
  });

  await test.step("only those rows are given back, by a plan that is read first", async () => {
    const all = page.getByRole("checkbox", { name: /rows of wishes that can be given back/ });
    await all.focus();
    await page.keyboard.press("Space");
    await page.getByRole("button", { name: `Give back ${gone.toLocaleString("en-US")} rows…` }).click();
    const dialog = page.getByRole("dialog");
    const run = dialog.getByRole("button", { name: `Give back ${gone.toLocaleString("en-US")} rows` });
    await expect(run).toBeEnabled({ timeout: 30_000 });
    await dialog.getByLabel(/Reason/).fill("DELETE without WHERE");
    await run.click();
    await expect(
      page.getByRole("heading", { name: `${gone.toLocaleString("en-US")} rows are back in ${name}.` }),
    ).toBeVisible({
      timeout: 60_000,
    });
    expect(shop.count("wishes")).toBe(gone);
  });

  await test.step("undo takes exactly them away again", async () => {
    await page.getByRole("button", { name: "Undo this" }).click();
    await expect(page.getByText("Undone and checked")).toBeVisible({ timeout: 60_000 });
    expect(shop.count("wishes")).toBe(0);
  });

  let preview = "";
  await test.step("the same moment becomes a preview, which is a database of its own", async () => {
    await page.goto(past);
    await page.getByRole("button", { name: "Preview…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByText(`${name} itself is not touched.`)).toBeVisible();
    await dialog.getByLabel(/^Name/).fill("leap-tried");
    const make = dialog.getByRole("button", { name: "Make the preview" });
    await expect(make).toBeEnabled({ timeout: 30_000 });
    await make.click();
    await expect(page.getByRole("heading", { name: "The preview leap-tried is there." })).toBeVisible({
      timeout: 60_000,
    });
    preview = "leap-tried";
    expect(await cell(preview, "select count(*) as n from wishes")).toBe(gone);
    expect(await cell(preview, "update customers set city = 'Elsewhere' returning 1 as n")).toBe(1);
    expect(await cell(preview, "select count(*) as n from customers where city = 'Elsewhere'")).toBe(10);
  });

  await test.step("its page says what it is a preview of; cutting over says what is lost and what comes along", async () => {
    await page.goto(`/databases/${preview}`);
    await expect(page.getByRole("region", { name: "This preview" })).toContainText(`A preview of ${name}`);
    await page.getByRole("button", { name: "Cut over…" }).click();
    const dialog = page.getByRole("dialog");
    await expect(dialog.getByRole("region", { name: /comes along/ })).toContainText("customers", { timeout: 60_000 });
    await expect(dialog.getByRole("region", { name: /and loses/ })).toContainText("wishes", { timeout: 60_000 });
    const cut = dialog.getByRole("button", { name: `Cut over ${name}` });
    await expect(cut).toBeDisabled();
    await dialog.getByLabel(/Reason/).fill("Tried on the preview");
    await dialog.getByLabel(`Type ${name} to confirm`).fill(name);
    await cut.click();
    await expect(page.getByRole("heading", { name: `${name} is what ${preview} was.` })).toBeVisible({
      timeout: 60_000,
    });
    expect(shop.count("customers WHERE city = 'Elsewhere'")).toBe(10);
    expect(shop.count("wishes")).toBe(gone);
  });

  await test.step("that is undone like any restore", async () => {
    await page.getByRole("button", { name: "Undo this restore" }).click();
    await expect(page.getByText("Undone and checked")).toBeVisible({ timeout: 60_000 });
    expect(shop.count("customers WHERE city = 'Elsewhere'")).toBe(0);
    expect(shop.count("wishes")).toBe(0);
    await page.goto(`/databases/${name}/backups`);
    await expect(page.getByRole("region", { name: "Past restores" })).toContainText(`Cut over to ${preview}`);
    await expect(page.getByRole("region", { name: "Previews" })).toContainText(preview);
  });
  shop.close();
});
