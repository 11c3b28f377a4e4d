import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Browser } from "@playwright/test";
import pg from "pg";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of drills for docs/pictures from a Lastgood of its own: `node scripts/take-drill-pictures.ts [folder]`.
// The console must have been built, and PostgreSQL be there.
const TABLES = `CREATE TABLE customers (id INTEGER PRIMARY KEY, email TEXT UNIQUE);
CREATE TABLE orders (id INTEGER PRIMARY KEY, customer INTEGER REFERENCES customers, total REAL);
WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n LIMIT 4000) INSERT INTO customers(email) SELECT 'c' || v || '@shop.example' FROM n;
WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n LIMIT 20000) INSERT INTO orders(customer, total) SELECT v % 4000 + 1, v * 0.5 FROM n`;

const folder = picturesFolder(process.argv[2]);
const lastgood = await startLastgood();

async function drill(db: string): Promise<void> {
  const { id } = await call<{ id: string }>(lastgood, `/databases/${db}/drills`, {});
  const isOpen = async () =>
    /queued|running/.test((await call<{ status: string }>(lastgood, `/databases/${db}/drills/${id}`)).status);
  while (await isOpen()) await sleep(200);
}

/** The page of a database's drills, with the newest receipt; on a phone from the receipt on. */
async function shootDrills(browser: Browser, db: string, name: string): Promise<void> {
  for (const look of LOOKS) {
    const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
    await page.goto(`/databases/${db}/drills`);
    const list = page.getByRole("heading", { name: "Drills", exact: true });
    if (look.width < 1000) await list.evaluate((heading) => heading.scrollIntoView({ block: "start" }));
    await shoot(page, folder, name, look);
    await page.context().close();
  }
}

/** A cluster with rows in it, whose log fills more than one segment later. Answers its id. */
async function makeTill(): Promise<string> {
  await call(lastgood, "/databases", { name: "till", engine: "postgres" });
  const { id, connectionString } = await call<{ id: string; connectionString: string }>(lastgood, "/databases/till");
  await asApp(connectionString, "CREATE TABLE receipts (id bigint PRIMARY KEY, total numeric(10, 2), note text)");
  await asApp(
    connectionString,
    "INSERT INTO receipts SELECT n, n * 0.35, md5(n::text) FROM generate_series(1, 20000) n",
  );
  await asApp(
    connectionString,
    "CREATE TABLE cashiers AS SELECT n AS id, md5(n::text) AS name FROM generate_series(1, 40) n",
  );
  const assertions = [{ name: "There are receipts", sql: "SELECT count(*) > 1000 FROM receipts" }];
  const plan = { active: true, cron: "30 3 * * 0", zone: "Europe/Berlin", aims: ["latest", "random"], assertions };
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}/databases/till/drill-plan`, {
    method: "PUT",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    body: JSON.stringify({ ...plan, version: 0 }),
  });
  if (!answer.ok) throw new Error(await answer.text());
  return id;
}

/** Alters what is archived of a cluster's log, once there is something. */
async function alterArchive(id: string): Promise<void> {
  const { connectionString } = await call<{ connectionString: string }>(lastgood, "/databases/till");
  await asApp(
    connectionString,
    "INSERT INTO receipts SELECT n, 1, repeat(md5(n::text), 20) FROM generate_series(100001, 160000) n",
  );
  const archive = path.join(runtimePaths(lastgood.data).history, id, "incarnation-0001", "arch");
  while (readdirSync(archive).length === 0) await sleep(300);
  for (const name of readdirSync(archive)) {
    const bytes = readFileSync(path.join(archive, name));
    writeFileSync(path.join(archive, name), bytes.fill(0x5a, Math.floor(bytes.length / 2)));
  }
}

async function asApp(connectionString: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(sql);
  await client.end();
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
    await drill("shop");
    await shootDrills(browser, "shop", "drills");
    await call(lastgood, "/databases/shop/query", { sql: "DELETE FROM orders" });
    await drill("shop");
    await shootDrills(browser, "shop", "drill-failed");
    const till = await makeTill();
    await drill("till");
    await shootDrills(browser, "till", "drill-cluster");
    await alterArchive(till);
    await drill("till");
    await shootDrills(browser, "till", "drill-cluster-failed");
  });
} finally {
  await lastgood.remove();
}
