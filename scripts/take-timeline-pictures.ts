import { mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type Browser, chromium, type Page } from "@playwright/test";
import { BenchWorld } from "../bench/bench-world.ts";
import { attachStoried, type StoriedDatabase } from "../bench/storied-world.ts";
import { findChromium } from "../e2e/find-chromium.ts";

// Takes the pictures of the timeline at three zooms from a Lastgood of its own with a made history of thirty days:
// `node scripts/take-timeline-pictures.ts [commits]`. The console must have been built.
const TARGET = path.resolve(import.meta.dirname, "../docs/pictures");
const COMMITS = Number(process.argv[2] ?? 1_000_000);
const ZOOMS = ["30 d", "1 h", "1 m"] as const;
const LOOKS = [
  { suffix: "light", colorScheme: "light", width: 1440, height: 900 },
  { suffix: "dark", colorScheme: "dark", width: 1440, height: 900 },
  { suffix: "phone-light", colorScheme: "light", width: 390, height: 844 },
  { suffix: "phone-dark", colorScheme: "dark", width: 390, height: 844 },
] as const;

async function signIn(page: Page, world: BenchWorld): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(world.lastgood.owner.email);
  await page.getByLabel("Password").fill(world.lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/");
}

async function takeAll(browser: Browser, world: BenchWorld, database: StoriedDatabase): Promise<void> {
  for (const { suffix, colorScheme, width, height } of LOOKS) {
    const context = await browser.newContext({
      baseURL: world.lastgood.url,
      colorScheme,
      viewport: { width, height },
      timezoneId: "Europe/Berlin",
      reducedMotion: "reduce",
    });
    const page = await context.newPage();
    page.on("pageerror", (error) => process.stderr.write(`the page failed: ${error.message}\n`));
    await signIn(page, world);
    await page.goto(`/databases/${database.name}/backups?at=${database.deletedAtMs - 406}`);
    for (const zoom of ZOOMS) {
      await page.getByRole("radio", { name: zoom, exact: true }).click();
      await page.waitForLoadState("networkidle");
      await page.mouse.move(0, 0);
      await sleep(800);
      await page.screenshot({ path: path.join(TARGET, `timeline-${zoom.replace(" ", "")}-${suffix}.png`) });
    }
    await context.close();
  }
}

mkdirSync(TARGET, { recursive: true });
const executablePath = findChromium();
const world = await BenchWorld.start({ seconds: 1, rounds: 1, sizesGb: [], commits: COMMITS });
try {
  const database = await attachStoried(world, "billing", COMMITS);
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
  });
  try {
    await takeAll(browser, world, database);
  } finally {
    await browser.close();
  }
} finally {
  await world.close();
}
