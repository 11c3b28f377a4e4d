import type { Browser } from "@playwright/test";
import { BenchWorld } from "../bench/bench-world.ts";
import { attachStoried, type StoriedDatabase } from "../bench/storied-world.ts";
import { LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of the timeline at three zooms from a Lastgood of its own with a made history of thirty days:
// `node scripts/take-timeline-pictures.ts [commits]`. The console must have been built.
const TARGET = picturesFolder();
const COMMITS = Number(process.argv[2] ?? 1_000_000);
const ZOOMS = ["30 d", "1 h", "1 m"] as const;

async function takeAll(browser: Browser, { lastgood }: BenchWorld, database: StoriedDatabase): Promise<void> {
  for (const look of LOOKS) {
    const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
    await page.goto(`/databases/${database.name}/backups?at=${database.deletedAtMs - 406}`);
    for (const zoom of ZOOMS) {
      await page.getByRole("radio", { name: zoom, exact: true }).click();
      await shoot(page, TARGET, `timeline-${zoom.replace(" ", "")}`, look);
    }
    await page.context().close();
  }
}

const world = await BenchWorld.start({ seconds: 1, rounds: 1, sizesGb: [], commits: COMMITS });
try {
  const database = await attachStoried(world, "billing", COMMITS);
  await withBrowser((browser) => takeAll(browser, world, database));
} finally {
  await world.close();
}
