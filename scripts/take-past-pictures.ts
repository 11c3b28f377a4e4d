import { mkdirSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Page } from "@playwright/test";
import { findChromium } from "../e2e/find-chromium.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";

// Takes the pictures of looking at the past, giving rows back and previews for docs/pictures from a Lastgood of its own:
// `node scripts/take-past-pictures.ts [folder]`. The console must have been built.
const TARGET = path.resolve(process.argv[2] ?? path.join(import.meta.dirname, "../docs/pictures"));
const LOOKS = [
  { suffix: "light", colorScheme: "light", width: 1440, height: 900, scale: 1 },
  { suffix: "dark", colorScheme: "dark", width: 1440, height: 900, scale: 1 },
  { suffix: "phone-light", colorScheme: "light", width: 390, height: 844, scale: 2 },
  { suffix: "phone-dark", colorScheme: "dark", width: 390, height: 844, scale: 2 },
] as const;

async function call<Answer>(lastgood: StartedLastgood, route: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}${route}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

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

async function signIn(page: Page, { owner }: StartedLastgood): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(owner.email);
  await page.getByLabel("Password").fill(owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/");
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
  for (const { suffix, colorScheme, width, height, scale } of LOOKS) {
    const context = await browser.newContext({
      baseURL: lastgood.url,
      colorScheme,
      viewport: { width, height },
      deviceScaleFactor: scale,
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    const shoot = async (name: string) => {
      await page.mouse.move(0, 0);
      await sleep(400);
      await page.screenshot({ path: path.join(TARGET, `${name}-${suffix}.png`) });
    };
    const past = `/databases/storefront/past?at=${bookmark}`;
    await signIn(page, lastgood);
    if (!hasPreview) await makePreview(page, bookmark);
    hasPreview = true;
    await page.goto(`${past}&table=customers`);
    await page.getByText("changed since").first().waitFor({ timeout: 60_000 });
    await shoot("past-changed");
    await page.goto(`${past}&table=customers&show=then`);
    await page.getByText(/rows? in /).waitFor({ timeout: 60_000 });
    await shoot("past-sql");
    await page.goto(`${past}&table=order_lines`);
    await page.getByRole("checkbox", { name: /can be given back/ }).click({ timeout: 60_000 });
    await shoot("past");
    await page.getByRole("button", { name: /^Give back/ }).click();
    await page.getByRole("dialog").getByRole("table").first().waitFor({ timeout: 60_000 });
    await shoot("give-back");
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
    await page.getByRole("dialog").getByText("would disappear").scrollIntoViewIfNeeded({ timeout: 60_000 });
    await shoot("loss");
    await page.goto("/databases/storefront-before-delete");
    await page.getByRole("region", { name: "This preview" }).waitFor();
    await shoot("preview");
    await page.getByRole("button", { name: "Cut over…" }).click();
    await page.getByRole("dialog").getByText("would disappear").waitFor({ timeout: 60_000 });
    await shoot("cutover");
    await context.close();
  }
}

mkdirSync(TARGET, { recursive: true });
const executablePath = findChromium();
const lastgood = await startLastgood();
try {
  const bookmark = await makeHistory(lastgood);
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    await takeAll(browser, lastgood, bookmark);
  } finally {
    await browser.close();
  }
} finally {
  await lastgood.remove();
}
