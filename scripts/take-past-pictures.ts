import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser, Page } from "@playwright/test";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of looking at the past, giving rows back and previews for docs/pictures from a Lastgood of its own:
// `node scripts/take-past-pictures.ts [folder]`. The console must have been built.
const TARGET = picturesFolder(process.argv[2]);

/** The sample, and what somebody does to it by mistake. Answers the bookmark just before. */
async function makeHistory(lastgood: StartedLastgood): Promise<string> {
  await call(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  await sleep(14_000);
  const { path: file } = await call<{ path: string }>(lastgood, "/databases/storefront");
  const shop = new DatabaseSync(file, { timeout: 10_000 });
  const { bookmark } = await call<{ bookmark: string }>(lastgood, "/databases/storefront/bookmark");
  shop.exec("BEGIN IMMEDIATE; DELETE FROM order_lines; UPDATE customers SET city = 'Unknown' WHERE id % 3 = 0; COMMIT");
  shop.close();
  await sleep(3_000);
  return bookmark;
}

async function makePreview(page: Page, bookmark: string): Promise<void> {
  await page.goto(`/databases/storefront/past?at=${bookmark}`);
  await page.getByRole("button", { name: "Preview…" }).click();
  await page.getByRole("dialog").getByLabel(/^Name/).fill("storefront-before-delete");
  await page.getByRole("button", { name: "Make the preview" }).click();
  await page.getByRole("heading", { name: /is there/ }).waitFor({ timeout: 60_000 });
}

async function takeAll(browser: Browser, lastgood: StartedLastgood, bookmark: string): Promise<void> {
  let hasPreview = false;
  for (const look of LOOKS) {
    const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
    const past = `/databases/storefront/past?at=${bookmark}`;
    if (!hasPreview) await makePreview(page, bookmark);
    hasPreview = true;
    await page.goto(`${past}&table=customers`);
    await page.getByText("changed since").first().waitFor({ timeout: 60_000 });
    await shoot(page, TARGET, "past-changed", look);
    await page.goto(`${past}&table=customers&show=then`);
    await page.getByText(/rows? in /).waitFor({ timeout: 60_000 });
    await shoot(page, TARGET, "past-sql", look);
    await page.goto(`${past}&table=order_lines`);
    await page.getByRole("checkbox", { name: /can be given back/ }).click({ timeout: 60_000 });
    await shoot(page, TARGET, "past", look);
    await page.getByRole("button", { name: /^Give back/ }).click();
    await page.getByRole("dialog").getByRole("table").first().waitFor({ timeout: 60_000 });
    await shoot(page, TARGET, "give-back", look);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
    await page.getByRole("dialog").getByText("would disappear").scrollIntoViewIfNeeded({ timeout: 60_000 });
    await shoot(page, TARGET, "loss", look);
    await page.goto("/databases/storefront-before-delete");
    await page.getByRole("region", { name: "This preview" }).waitFor();
    await shoot(page, TARGET, "preview", look);
    await page.getByRole("button", { name: "Cut over…" }).click();
    await page.getByRole("dialog").getByText("would disappear").waitFor({ timeout: 60_000 });
    await shoot(page, TARGET, "cutover", look);
    await page.context().close();
  }
}

const lastgood = await startLastgood();
try {
  const bookmark = await makeHistory(lastgood);
  await withBrowser((browser) => takeAll(browser, lastgood, bookmark));
} finally {
  await lastgood.remove();
}
