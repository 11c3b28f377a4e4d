import type { Locator, Page } from "@playwright/test";
import { expect, test } from "./fixtures.ts";

const NS = "/api/namespaces/acme";
const MOST_STEPS = 150;

/** Whether people see where they are: a ring or an edge on what has the focus, or on the label around it. */
function showsFocus(element: Element): boolean {
  const shows = (one: Element) => {
    const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(one);
    return (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  };
  const label = element.closest("label");
  return shows(element) || (label !== null && shows(label));
}

/** Goes on with Tab until the target has the focus; whatever is passed on the way must show that it has it. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  await expect(target).toBeVisible();
  for (let steps = 0; steps < MOST_STEPS; steps++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press("Tab");
    const focused = page.locator("*:focus");
    if ((await focused.count()) === 0) continue;
    const isShown = await focused.first().evaluate(showsFocus);
    expect(
      isShown,
      `the focus is not to be seen on ${await focused.first().evaluate((one) => one.outerHTML.slice(0, 200))}`,
    ).toBe(true);
  }
  throw new Error("Tab never came there");
}

async function activate(page: Page, target: Locator): Promise<void> {
  await tabTo(page, target);
  await page.keyboard.press("Enter");
}

test("with the keyboard alone: sign in, choose a moment, look, read the plan, restore, undo", async ({
  strangerPage: page,
  lastgood,
  api,
}) => {
  test.setTimeout(180_000);
  const db = "by-keyboard";
  const post = async <T>(address: string, body: unknown): Promise<T> => {
    const answer = await api(`${NS}${address}`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.ok, await answer.clone().text()).toBe(true);
    return (await answer.json()) as T;
  };
  await post("/databases", { name: db, engine: "sqlite" });
  await post(`/databases/${db}/query`, { sql: "create table orders(id integer primary key, item text)" });
  await post(`/databases/${db}/query`, { sql: "insert into orders(item) values('tea'), ('bread')" });
  const { bookmark } = (await (await api(`${NS}/databases/${db}/bookmark`)).json()) as { bookmark: string };
  await post(`/databases/${db}/query`, { sql: "delete from orders" });
  const count = async () =>
    JSON.stringify(await post(`/databases/${db}/query`, { sql: "select count(*) as n from orders" }));

  await test.step("sign in", async () => {
    await page.goto("/sign-in");
    await tabTo(page, page.getByLabel("E-mail"));
    await page.keyboard.type(lastgood.owner.email);
    await tabTo(page, page.getByLabel("Password"));
    await page.keyboard.type(lastgood.owner.password);
    await page.keyboard.press("Enter");
    await expect(page).toHaveURL("/");
  });

  await test.step("choose a moment", async () => {
    await page.goto(`/databases/${db}/backups`);
    const field = page.getByPlaceholder("5 minutes ago, a label, a bookmark");
    await tabTo(page, field);
    await page.keyboard.press("Control+a");
    await page.keyboard.type(bookmark);
    await page.keyboard.press("Enter");
  });

  await test.step("look at it, and come back", async () => {
    await activate(page, page.getByRole("link", { name: "Look at this moment" }));
    await expect(page).toHaveURL(/\/past\?/);
    await expect(page.getByRole("region", { name: "The moment you look at" })).toBeVisible();
    await page.goBack();
    await expect(page).toHaveURL(/\/backups/);
  });

  const dialog = page.getByRole("dialog");
  await test.step("open the plan and close it: nothing starts, and the focus is back where it was", async () => {
    const open = page.getByRole("button", { name: "Restore…", exact: true }).first();
    await activate(page, open);
    await expect(dialog).toBeVisible();
    await page.keyboard.press("Escape");
    await expect(dialog).toHaveCount(0);
    await expect(open).toBeFocused();
    expect(await count()).toContain('"n":0');
  });

  await test.step("restore", async () => {
    await page.keyboard.press("Enter");
    await expect(dialog).toBeVisible();
    const project = dialog.getByRole("radio", { name: new RegExp(`Overwrite ${db}`) });
    if (!(await project.isChecked())) {
      await tabTo(page, dialog.getByRole("radio", { checked: true }));
      for (let steps = 0; steps < 4 && !(await project.isChecked()); steps++) await page.keyboard.press("ArrowDown");
    }
    await expect(project).toBeChecked();
    await tabTo(page, dialog.getByLabel(/Reason/));
    await page.keyboard.type("DELETE without WHERE");
    await tabTo(page, dialog.getByLabel(new RegExp(`Type ${db} to confirm`)));
    await page.keyboard.type(db);
    await activate(page, dialog.getByRole("button", { name: `Restore ${db}` }));
    await expect(page.getByRole("heading", { name: new RegExp(`${db} is back at`) })).toBeVisible({ timeout: 30_000 });
    expect(await count()).toContain('"n":2');
  });

  await test.step("undo", async () => {
    await activate(page, page.getByRole("button", { name: "Undo this restore" }));
    await expect(page.getByText("Undone and checked")).toBeVisible({ timeout: 30_000 });
    expect(await count()).toContain('"n":0');
  });
});
