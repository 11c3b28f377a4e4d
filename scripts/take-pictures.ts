import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Page } from "@playwright/test";
import { findChromium } from "../e2e/find-chromium.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";

// Takes the pictures of docs/pictures from a Lastgood of its own: `node scripts/take-pictures.ts [seconds of history]`.
// The console must have been built.
const TARGET = path.resolve(import.meta.dirname, "../docs/pictures");
const SECONDS = Number(process.argv[2] ?? 150);
const LOOKS = [
  { suffix: "light", colorScheme: "light", width: 1440, height: 900, scale: 1 },
  { suffix: "dark", colorScheme: "dark", width: 1440, height: 900, scale: 1 },
  { suffix: "phone-light", colorScheme: "light", width: 390, height: 844, scale: 2 },
  { suffix: "phone-dark", colorScheme: "dark", width: 390, height: 844, scale: 2 },
] as const;

async function ask(lastgood: StartedLastgood, route: string, body: unknown): Promise<{ bookmark?: string }> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}${route}`, {
    method: "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as { bookmark?: string };
}

/** A few databases, and one that has been through something. Answers the moment before it happened. */
async function makeHistory(lastgood: StartedLastgood): Promise<number> {
  await ask(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  for (const name of ["ledger", "sessions"]) {
    await ask(lastgood, "/databases", { name, engine: "sqlite" });
    await ask(lastgood, `/databases/${name}/query`, { sql: "create table entries(id integer primary key, text)" });
  }
  const part = (SECONDS / 5) * 1000;
  await sleep(part);
  await ask(lastgood, "/databases/storefront/snapshots", { label: "before v2026.11" });
  await sleep(part);
  const early = Date.now();
  await sleep(part);
  await ask(lastgood, "/databases/storefront/restore", { timestamp: early });
  await ask(lastgood, "/databases/storefront/snapshots", { label: "after hotfix" });
  await sleep(part);
  const moment = Date.now();
  await sleep(part);
  return moment;
}

async function signIn(page: Page, lastgood: StartedLastgood): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(lastgood.owner.email);
  await page.getByLabel("Password").fill(lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/");
}

async function takeAll(browser: Browser, lastgood: StartedLastgood, momentMs: number): Promise<void> {
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
      await page.screenshot({ path: path.join(TARGET, `${name}-${suffix}.png`) });
    };
    await signIn(page, lastgood);
    await page.waitForLoadState("networkidle");
    await shoot("home");
    await page.goto(`/databases/storefront/backups?at=${momentMs}`);
    await page.waitForLoadState("networkidle");
    await sleep(1500);
    await shoot("backups");
    await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
    await page
      .getByRole("dialog")
      .getByLabel(/Reason/)
      .fill("DELETE without WHERE, INC-2291");
    await page
      .getByRole("dialog")
      .getByLabel(/Type storefront/)
      .fill("storefront");
    await sleep(800);
    await shoot("restore");
    await context.close();
  }
}

mkdirSync(TARGET, { recursive: true });
const executablePath = findChromium();
const lastgood = await startLastgood();
try {
  const momentMs = await makeHistory(lastgood);
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    await takeAll(browser, lastgood, momentMs);
  } finally {
    await browser.close();
  }
} finally {
  await lastgood.remove();
}
