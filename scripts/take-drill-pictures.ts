import { setTimeout as sleep } from "node:timers/promises";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of drills for docs/pictures from a Lastgood of its own: `node scripts/take-drill-pictures.ts [folder]`.
// The console must have been built.
const TABLES = `CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers, total REAL);
WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n LIMIT 4000) INSERT INTO customers(email) SELECT 'c' || v || '@shop.example' FROM n;
WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n LIMIT 20000) INSERT INTO orders(customer, total) SELECT v % 4000 + 1, v * 0.5 FROM n`;

const folder = picturesFolder(process.argv[2]);
const lastgood = await startLastgood();

async function drill(): Promise<void> {
  const { id } = await call<{ id: string }>(lastgood, "/databases/shop/drills", {});
  const isOpen = async () =>
    /queued|running/.test((await call<{ status: string }>(lastgood, `/databases/shop/drills/${id}`)).status);
  while (await isOpen()) await sleep(200);
}

try {
  await call(lastgood, "/databases", { name: "shop", engine: "sqlite" });
  await call(lastgood, "/databases/shop/query", { sql: TABLES });
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/databases/shop/drills");
      await shoot(page, folder, "drills-none", look);
      await page.context().close();
    }
    const page = await signedIn(browser, lastgood.url, lastgood.owner, LOOKS[0]);
    await page.goto("/databases/shop/drills");
    await page.getByRole("button", { name: "Plan drills…" }).click();
    await page.getByRole("button", { name: "Add an assertion" }).click();
    await page.getByLabel("Name of assertion 1").fill("There are orders");
    await page.getByLabel("Query of assertion 1").fill("SELECT count(*) > 1000 FROM orders");
    await shoot(page, folder, "drill-plan", LOOKS[0]);
    await page.getByRole("button", { name: "Save plan" }).click();
    await page.getByText("Next", { exact: false }).first().waitFor();
    await page.context().close();
    await drill();
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/databases/shop/drills");
      await shoot(page, folder, "drills", look);
      await page.context().close();
    }
    await call(lastgood, "/databases/shop/query", { sql: "DELETE FROM orders" });
    await drill();
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/databases/shop/drills");
      await shoot(page, folder, "drill-failed", look);
      await page.context().close();
    }
  });
} finally {
  await lastgood.remove();
}
