import { openMetadata } from "../lib/db/client.ts";
import { runtimePaths } from "../lib/runtime-paths.ts";
import { type StartedLastgood, startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Takes the pictures of schedules for docs/pictures from a Lastgood of its own: `node scripts/take-schedule-pictures.ts [folder]`.
// The console must have been built.
const HOUR_MS = 3_600_000;

type Made = { id: string };

/** Four databases with schedules: one that ran, one that missed some nights, one that is paused, one to come. */
async function fill(lastgood: StartedLastgood): Promise<string> {
  for (const name of ["billing", "ledger", "storefront"]) {
    await call(lastgood, "/databases", { name, engine: "sqlite" });
    await call(lastgood, `/databases/${name}/query`, { sql: "CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'one')" });
    for (let row = 0; row < 12; row++) {
      await call(lastgood, `/databases/${name}/query`, { sql: `INSERT INTO t VALUES (${row}, 'more')` });
    }
  }
  const add = (database: string, schedule: object) =>
    call<Made>(lastgood, `/databases/${database}/schedules`, schedule);
  const nightly = await add("billing", {
    name: "Nightly backup",
    cron: "30 2 * * *",
    zone: "Europe/Berlin",
    retentionDays: 30,
    keepAtMost: 40,
  });
  const missed = await add("ledger", { name: "Every hour", cron: "0 * * * *", zone: "UTC", retentionDays: 7 });
  await add("storefront", { name: "Weekly", cron: "0 3 * * 0", zone: "America/New_York", active: false });
  await add("storefront", { name: "Month end", cron: "30 23 L * *", zone: "Asia/Kathmandu", retentionDays: 365 });
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
  try {
    const ago = (hours: number) => BigInt(Date.now() - hours * HOUR_MS);
    await db.schedule.update({ where: { id: nightly.id }, data: { decidedToMs: ago(25) } });
    await db.schedule.update({ where: { id: missed.id }, data: { decidedToMs: ago(5) } });
    // The agent's next look catches one run up and writes the others down.
    while ((await db.backup.count({ where: { status: "completed" } })) < 2)
      await new Promise((r) => setTimeout(r, 250));
  } finally {
    await db.$disconnect();
  }
  return `/schedules/billing/${nightly.id}`;
}

const folder = picturesFolder(process.argv[2]);
const lastgood = await startLastgood();
try {
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      if (look === LOOKS[0]) {
        await page.goto("/schedules");
        await shoot(page, folder, "schedules-empty", look);
      }
      await page.context().close();
    }
    const editor = await fill(lastgood);
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, lastgood.owner, look);
      await page.goto("/schedules");
      await shoot(page, folder, "schedules", look);
      await page.goto(editor);
      await shoot(page, folder, "schedule", look);
      await page.goto("/schedules/new");
      await page.getByLabel("hour", { exact: true }).fill("25");
      await shoot(page, folder, "schedule-refused", look);
      await page.context().close();
    }
  });
} finally {
  await lastgood.remove();
}
