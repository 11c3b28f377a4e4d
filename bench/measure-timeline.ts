import { type Browser, chromium, type Page } from "@playwright/test";
import { findChromium } from "../e2e/find-chromium.ts";
import { BenchWorld } from "./bench-world.ts";
import { ascending, type Figure, type Measurement, percentile } from "./figure.ts";
import { attachStoried, type StoriedDatabase } from "./storied-world.ts";

const GOAL_MS = 200;
const ROUNDS = 8;
const ZOOMS = ["30 d", "1 d", "1 h", "1 m", "1 s"] as const;
const DAY_MS = 86_400_000;

/**
 * The timeline of a history of the length given, in Chromium: from the click on the tab, and on each zoom, to the frame behind
 * the one that has the new bars; and from the begin of a load of the whole page. Each time at another moment, so that no
 * answer is there already. In a Lastgood of its own.
 */
export const measureTimeline: Measurement = async ({ options }) => {
  const world = await BenchWorld.start(options);
  try {
    const database = await attachStoried(world, "timeline", options.commits);
    const executablePath = findChromium();
    const browser = await chromium.launch({
      ...(executablePath && { executablePath }),
      args: process.getuid?.() === 0 ? ["--no-sandbox"] : [],
    });
    try {
      return await measureIn(browser, world, database);
    } finally {
      await browser.close();
    }
  } finally {
    await world.close();
  }
};

async function measureIn(browser: Browser, world: BenchWorld, database: StoriedDatabase): Promise<Figure[]> {
  const context = await browser.newContext({
    baseURL: world.lastgood.url,
    viewport: { width: 1440, height: 900 },
    timezoneId: "Europe/Berlin",
  });
  const page = await context.newPage();
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(world.lastgood.owner.email);
  await page.getByLabel("Password").fill(world.lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.waitForURL("/");
  const took = new Map<string, number[]>();
  const add = (name: string, ms: number) => took.set(name, [...(took.get(name) ?? []), ms]);
  for (let round = -1; round < ROUNDS; round++) {
    const isWarmUp = round < 0;
    await page.goto(`/databases/${database.name}`);
    await page.waitForLoadState("networkidle");
    const tab = page.getByRole("link", { name: "Backups", exact: true });
    const first = await fromClickToBars(page, () => tab.click());
    if (!isWarmUp) add("first paint, from the tab", first);
    const atMs = Math.floor(database.fromMs + (0.1 + 0.8 * Math.random()) * (database.toMs - database.fromMs - DAY_MS));
    await page.goto(`/databases/${database.name}/backups?at=${atMs}`);
    const loaded = await page.evaluate(barsDrawn, null);
    if (!isWarmUp) add("first paint, whole page loaded", loaded);
    await page.waitForLoadState("networkidle");
    for (const zoom of ZOOMS) {
      const ms = await fromClickToBars(page, () => page.getByRole("radio", { name: zoom, exact: true }).click());
      if (!isWarmUp) add(`zoom to ${zoom}`, ms);
      await page.waitForLoadState("networkidle");
    }
  }
  const commits = world.options.commits;
  return [...took].map(([name, all]): Figure => {
    const sorted = ascending(all);
    const [p50, most] = [percentile(sorted, 0.5), sorted.at(-1) ?? Number.NaN];
    return {
      name: `${name}, ${commits} commits`,
      value: p50,
      unit: "ms",
      baseline: null,
      ratio: null,
      goal: `<= ${GOAL_MS} ms`,
      isMet: most <= GOAL_MS,
      note: `median of ${all.length}; least ${sorted[0]?.toFixed(0)}, most ${most.toFixed(0)} ms`,
    };
  });
}

async function fromClickToBars(page: Page, click: () => Promise<void>): Promise<number> {
  const before = await page.evaluate(
    () => document.querySelector("fieldset[data-bars]")?.getAttribute("data-bars") ?? "none",
  );
  const drawn = page.evaluate(barsDrawn, before);
  await click();
  return drawn;
}

/**
 * Runs in the page. Milliseconds from the next click, or with null from the begin of the load, until a frame with other bars than
 * these was drawn.
 */
function barsDrawn(before: string | null): Promise<number> {
  return new Promise((resolve) => {
    let fromMs = before === null ? 0 : Number.NaN;
    const click = (event: Event) => {
      fromMs = event.timeStamp;
    };
    if (before !== null) addEventListener("click", click, { capture: true, once: true });
    const look = () => {
      const bars = document.querySelector("fieldset[data-bars]")?.getAttribute("data-bars") ?? "none";
      const isNew = bars !== "none" && bars !== before && !Number.isNaN(fromMs);
      // Behind the frame in which they stand: a task of its own comes after it was painted.
      if (isNew) setTimeout(() => resolve(performance.now() - fromMs));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}
