import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Page } from "@playwright/test";
import { findChromium } from "../e2e/find-chromium.ts";
import type { Owner, StartedLastgood } from "../tests/world/start-lastgood.ts";

/** How each page is photographed. */
export const LOOKS = [
  { suffix: "light", colorScheme: "light", width: 1440, height: 900, scale: 1 },
  { suffix: "dark", colorScheme: "dark", width: 1440, height: 900, scale: 1 },
  { suffix: "phone-light", colorScheme: "light", width: 390, height: 844, scale: 2 },
  { suffix: "phone-dark", colorScheme: "dark", width: 390, height: 844, scale: 2 },
] as const;
export type Look = (typeof LOOKS)[number];

/** The folder of the pictures: docs/pictures, or the one that is given. Makes it. */
export function picturesFolder(given?: string): string {
  const folder = path.resolve(given ?? path.join(import.meta.dirname, "../docs/pictures"));
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** Calls a route below the namespace with the owner's token; a body makes it a POST. Throws what was refused. */
export async function call<Answer>(lastgood: StartedLastgood, route: string, body?: unknown): Promise<Answer> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}${route}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${route}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Answer;
}

/** Runs `work` with a Chromium that ends with it. */
export async function withBrowser<Done>(work: (browser: Browser) => Promise<Done>): Promise<Done> {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    return await work(browser);
  } finally {
    await browser.close();
  }
}

/** A page of a browser of its own in which somebody has signed in. */
export async function signedIn(browser: Browser, url: string, person: Owner, look: Look): Promise<Page> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme: look.colorScheme,
    viewport: { width: look.width, height: look.height },
    deviceScaleFactor: look.scale,
    timezoneId: "Europe/Berlin",
    reducedMotion: "reduce",
  });
  const page = await context.newPage();
  page.on("pageerror", (error) => process.stderr.write(`the page failed: ${error.message}\n`));
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(person.email);
  await page.getByLabel("Password").fill(person.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/");
  return page;
}

/** Photographs a page under a name, once it rests. */
export async function shoot(page: Page, folder: string, name: string, look: Look): Promise<void> {
  await page.waitForLoadState("networkidle");
  await page.mouse.move(0, 0);
  await sleep(800);
  await page.screenshot({ path: path.join(folder, `${name}-${look.suffix}.png`) });
}
