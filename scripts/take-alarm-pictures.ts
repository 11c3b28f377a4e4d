import { setTimeout as sleep } from "node:timers/promises";
import type { AlarmsView } from "../lib/client/alarm-types.ts";
import { startMailServer } from "../tests/world/mail-server.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of alarms for docs/pictures from a Lastgood of its own: `node scripts/take-alarm-pictures.ts [folder]`.
// The console must have been built.
const folder = picturesFolder(process.argv[2]);
const mail = await startMailServer();
const lastgood = await startLastgood({
  env: {
    LASTGOOD_SMTP_URL: mail.url,
    LASTGOOD_ALARM_FROM: "Lastgood <alarms@shop.example>",
    NODE_EXTRA_CA_CERTS: mail.certificate,
  },
});

async function drill(db: string): Promise<void> {
  const { id } = await call<{ id: string }>(lastgood, `/databases/${db}/drills`, {});
  const isOpen = async () =>
    /queued|running/.test((await call<{ status: string }>(lastgood, `/databases/${db}/drills/${id}`)).status);
  while (await isOpen()) await sleep(200);
}

async function raised(count: number): Promise<AlarmsView> {
  for (;;) {
    const found = await call<AlarmsView>(lastgood, "/alarms?state=open");
    if (found.alarms.length >= count) return found;
    await sleep(500);
  }
}

async function plan(db: string, sql: string): Promise<void> {
  const assertions = [{ name: "There are orders", sql }];
  const answer = await fetch(`${lastgood.url}/api/namespaces/acme/databases/${db}/drill-plan`, {
    method: "PUT",
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json" },
    body: JSON.stringify({ cron: "30 3 * * *", aims: ["latest"], assertions, version: 0 }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

try {
  for (const db of ["shop", "ledger", "identity"]) {
    await call(lastgood, "/databases", { name: db, engine: "sqlite" });
    await call(lastgood, `/databases/${db}/query`, { sql: "CREATE TABLE orders(id INTEGER PRIMARY KEY, total REAL)" });
    await call(lastgood, `/databases/${db}/query`, { sql: "INSERT INTO orders(total) VALUES (1), (2), (3)" });
  }
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/alarms");
      await shoot(page, folder, "alarms-none", look);
      await page.context().close();
    }
    for (const db of ["shop", "ledger"]) {
      await plan(db, "SELECT count(*) > 1000 FROM orders");
      await drill(db);
    }
    const { alarms } = await raised(2);
    const ledger = alarms.find(({ database }) => database?.name === "ledger");
    await call(lastgood, `/alarms/${ledger?.id}/acknowledge`, { note: "The import of last night stopped; looking." });
    await sleep(3000);
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/");
      await shoot(page, folder, "home-alarmed", look);
      await page.goto("/databases/shop");
      await shoot(page, folder, "database-alarmed", look);
      await page.goto("/alarms");
      await shoot(page, folder, "alarms", look);
      await page.context().close();
    }
    const look = LOOKS[0];
    const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
    await page.goto("/alarms");
    await page.getByRole("button", { name: "Who is told…" }).click();
    await shoot(page, folder, "alarm-settings", look);
    await page.getByRole("button", { name: "Close, nothing changes" }).click();
    await page.getByRole("button", { name: "Resolve…" }).first().click();
    await shoot(page, folder, "alarm-resolve", look);
  });
} finally {
  await lastgood.remove();
  await mail.remove();
}
