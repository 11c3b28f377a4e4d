import type { Browser } from "@playwright/test";
import pg from "pg";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of hosted clusters for docs/pictures from a Lastgood of its own: `node scripts/take-cluster-pictures.ts
// [folder]`. The console must have been built, and PostgreSQL be there.
const TARGET = picturesFolder(process.argv[2]);

/** A till with rows in it, and somebody who drops a table. Answers the bookmark just before. */
async function makeHistory(lastgood: StartedLastgood): Promise<string> {
  await call(lastgood, "/databases", { name: "till", engine: "postgres" });
  const { connectionString } = await call<{ connectionString: string }>(lastgood, "/databases/till");
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query("CREATE TABLE receipts (id bigint PRIMARY KEY, at timestamptz, total numeric(10, 2), note text)");
  for (let i = 1; i <= 400; i++) {
    await client.query("INSERT INTO receipts VALUES ($1, now(), $2, $3)", [i, (i * 7.35) % 400, `receipt ${i}`]);
  }
  const { bookmark } = await call<{ bookmark: string }>(lastgood, "/databases/till/bookmark");
  await client.query("DROP TABLE receipts");
  await client.end();
  await call(lastgood, "/databases/till/bookmark");
  return bookmark;
}

async function takeAll(browser: Browser, lastgood: StartedLastgood, bookmark: string): Promise<void> {
  let isRestored = false;
  for (const look of LOOKS) {
    const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
    await page.goto("/");
    await shoot(page, TARGET, "cluster-home", look);
    await page.goto("/databases/new?way=cluster");
    await shoot(page, TARGET, "protect-cluster", look);
    await page.goto("/databases/new?way=server");
    await shoot(page, TARGET, "protect-server", look);
    await page.goto("/databases/till");
    await page.getByRole("heading", { name: "Receiving its log" }).waitFor();
    await shoot(page, TARGET, "cluster", look);
    await page.getByRole("heading", { name: "Zero loss" }).scrollIntoViewIfNeeded();
    await shoot(page, TARGET, "cluster-connection", look);
    await page.goto(`/databases/till/backups?bookmark=${bookmark}`);
    await shoot(page, TARGET, "cluster-backups", look);
    await page.goto(`/databases/till/past?at=${bookmark}&table=receipts&show=then`);
    await page.getByText(/rows? in /).waitFor({ timeout: 60_000 });
    await shoot(page, TARGET, "cluster-past", look);
    await page.getByRole("button", { name: "Preview…" }).click();
    await page
      .getByRole("dialog")
      .getByText(/recovered as a cluster/)
      .waitFor();
    await shoot(page, TARGET, "cluster-preview", look);
    await page.keyboard.press("Escape");
    await page.getByRole("button", { name: "Restore…" }).locator("visible=true").first().click();
    await page.getByText("same connection string").waitFor({ timeout: 60_000 });
    await shoot(page, TARGET, "cluster-restore", look);
    if (!isRestored) {
      const dialog = page.getByRole("dialog");
      await dialog.getByLabel(/Type/).fill("till");
      await dialog.getByLabel(/Reason/).fill("DROP TABLE in the wrong window");
      await dialog.getByRole("button", { name: "Restore till" }).click();
      await page.getByText("Restored and checked").waitFor({ timeout: 60_000 });
      await shoot(page, TARGET, "cluster-done", look);
    }
    isRestored = true;
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
