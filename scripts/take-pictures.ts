import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "@playwright/test";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of docs/pictures from a Lastgood of its own: `node scripts/take-pictures.ts [seconds of history]`.
// The console must have been built.
const TARGET = picturesFolder();
const SECONDS = Number(process.argv[2] ?? 150);

/** A few databases, and one that has been through something. Answers the moment before it happened. */
async function makeHistory(lastgood: StartedLastgood): Promise<number> {
  await call(lastgood, "/databases", { name: "storefront", engine: "sqlite", sample: true });
  for (const name of ["ledger", "sessions"]) {
    await call(lastgood, "/databases", { name, engine: "sqlite" });
    await call(lastgood, `/databases/${name}/query`, { sql: "create table entries(id integer primary key, text)" });
  }
  const part = (SECONDS / 5) * 1000;
  await sleep(part);
  await call(lastgood, "/databases/storefront/snapshots", { label: "before v2026.11" });
  await sleep(part);
  const early = Date.now();
  await sleep(part);
  await call(lastgood, "/databases/storefront/restore", { timestamp: early });
  await call(lastgood, "/databases/storefront/snapshots", { label: "after hotfix" });
  await sleep(part);
  const moment = Date.now();
  await sleep(part);
  return moment;
}

async function takeAll(browser: Browser, lastgood: StartedLastgood, momentMs: number): Promise<void> {
  for (const look of LOOKS) {
    const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
    await shoot(page, TARGET, "home", look);
    await page.goto(`/databases/storefront/backups?at=${momentMs}`);
    await shoot(page, TARGET, "backups", look);
    await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
    await page
      .getByRole("dialog")
      .getByLabel(/Reason/)
      .fill("DELETE without WHERE, INC-2291");
    await page
      .getByRole("dialog")
      .getByLabel(/Type storefront/)
      .fill("storefront");
    await shoot(page, TARGET, "restore", look);
    await page.context().close();
  }
}

const lastgood = await startLastgood();
try {
  const momentMs = await makeHistory(lastgood);
  await withBrowser((browser) => takeAll(browser, lastgood, momentMs));
} finally {
  await lastgood.remove();
}
