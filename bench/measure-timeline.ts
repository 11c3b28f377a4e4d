import { type Browser, chromium, type Page } from "@playwright/test";
import { findChromium } from "../e2e/find-chromium.ts";
import { BenchWorld } from "./bench-world.ts";
import { ascending, type Figure, type Measurement, percentile } from "./figure.ts";
import { attachStoried, type StoriedDatabase } from "./storied-world.ts";

const GOAL_MS = 200;
const ROUNDS = 8;
const ZOOMS = ["30 d", "1 d", "1 h", "1 m", "1 s"] as const;
const DAY_MS = 86_400_000;
/** Far enough for no bar fetched around one moment to be of use around the other. */
const HASTE_APART_MS = 3 * DAY_MS;

const SPANS_MS: Readonly<Record<(typeof ZOOMS)[number], number>> = {
  "30 d": 30 * DAY_MS,
  "1 d": DAY_MS,
  "1 h": 3_600_000,
  "1 m": 60_000,
  "1 s": 1_000,
};

/**
 * The timeline of a history of the length given, in Chromium: from the click on the tab, and on each zoom, to the frame behind
 * the one that shows the new span in bars of its own width from edge to edge; and from the begin of a load of the whole page.
 * Each time at another moment. Zooms once as people do who look first, when the page is at rest and has fetched ahead, and once
 * right after the page came. In a Lastgood of its own.
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
    const first = await fromClickToBars(page, 3_600_000, () => tab.click());
    if (!isWarmUp) add("first paint, from the tab", first);
    const atMs = Math.floor(database.fromMs + (0.1 + 0.7 * Math.random()) * (database.toMs - database.fromMs - DAY_MS));
    await page.goto(`/databases/${database.name}/backups?at=${atMs}`);
    const loaded = await page.evaluate(barsDrawn, { spanMs: 3_600_000, awaitsClick: false });
    if (!isWarmUp) add("first paint, whole page loaded", loaded);
    await page.waitForLoadState("networkidle");
    for (const zoom of ZOOMS) {
      const ms = await fromClickToBars(page, SPANS_MS[zoom], () => zoomTo(page, zoom));
      if (!isWarmUp) add(`zoom to ${zoom}`, ms);
      await page.waitForLoadState("networkidle");
    }
    await page.goto(`/databases/${database.name}/backups?at=${atMs + HASTE_APART_MS}`);
    await page.evaluate(barsDrawn, { spanMs: 3_600_000, awaitsClick: false });
    for (const zoom of ["1 d", "1 m"] as const) {
      const ms = await fromClickToBars(page, SPANS_MS[zoom], () => zoomTo(page, zoom));
      if (!isWarmUp) add(`zoom to ${zoom}, in haste`, ms);
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

const zoomTo = (page: Page, zoom: string) => page.getByRole("radio", { name: zoom, exact: true }).click();

async function fromClickToBars(page: Page, spanMs: number, click: () => Promise<void>): Promise<number> {
  const drawn = page.evaluate(barsDrawn, { spanMs, awaitsClick: true });
  await click();
  return drawn;
}

/**
 * Runs in the page. Milliseconds from the next click, or from the begin of the load, until a frame was drawn whose view has
 * the span, two percent more or less, and whose bars reach from edge to edge of it, at least fifty of them.
 */
function barsDrawn({ spanMs, awaitsClick }: { spanMs: number; awaitsClick: boolean }): Promise<number> {
  return new Promise((resolve) => {
    let fromMs = awaitsClick ? Number.NaN : 0;
    const click = (event: Event) => {
      fromMs = event.timeStamp;
    };
    if (awaitsClick) addEventListener("click", click, { capture: true, once: true });
    const isDrawn = () => {
      const drawing = document.querySelector<HTMLElement>("fieldset[data-bars]");
      const [, viewMs = 0, viewSpanMs = 0] = (/^(.+)\+(.+)$/.exec(drawing?.dataset.view ?? "") ?? []).map(Number);
      const [, barsMs = 0, barMs = 0, bars = 0] = (/^(.+)\+(.+)\*(.+)$/.exec(drawing?.dataset.bars ?? "") ?? []).map(
        Number,
      );
      return (
        Math.abs(viewSpanMs / spanMs - 1) < 0.02 &&
        barsMs <= viewMs &&
        barsMs + barMs * bars >= viewMs + viewSpanMs &&
        viewSpanMs / barMs >= 50
      );
    };
    const look = () => {
      // Behind the frame in which they stand: a task of its own comes after it was painted.
      if (!Number.isNaN(fromMs) && isDrawn()) setTimeout(() => resolve(performance.now() - fromMs));
      else requestAnimationFrame(look);
    };
    requestAnimationFrame(look);
  });
}
