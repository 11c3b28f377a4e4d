import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import type { AlarmsView } from "../lib/client/alarm-types.ts";
import { alarmNextStep } from "../lib/domain/alarm-next-step.ts";
import { attachFile } from "../tests/world/call-api.ts";
import { startMailServer } from "../tests/world/mail-server.ts";
import { startLastgood } from "../tests/world/start-lastgood.ts";
import { call, LOOKS, picturesFolder, shoot, signedIn, withBrowser } from "./picture-studio.ts";

// Walks from alarms to where something can be done about them, and takes the pictures of it for docs/pictures: a program that
// deleted in a loop, a file that was written to while nobody looked, one that is another file now. `node scripts/take-night-pictures.ts
// [folder]`; it writes the message that people got to its output. The console must have been built.
const TARGET = picturesFolder(process.argv[2]);
const files = mkdtempSync(path.join(tmpdir(), "night-"));
const mail = await startMailServer();
const env = {
  LASTGOOD_SMTP_URL: mail.url,
  LASTGOOD_ALARM_FROM: "Lastgood <alarms@shop.example>",
  NODE_EXTRA_CA_CERTS: mail.certificate,
};
const ROWS = 14_000;
const KINDS = ["mass_delete", "gap", "capture_stopped"] as const;

const fileOf = (name: string) => path.join(files, `${name}.db`);

function withFile(name: string, work: (db: DatabaseSync) => void, pageSize = 4096): void {
  const db = new DatabaseSync(fileOf(name));
  db.exec(`PRAGMA page_size = ${pageSize}`);
  db.exec("PRAGMA journal_mode = wal; PRAGMA synchronous = off; PRAGMA busy_timeout = 10000");
  work(db);
  db.close();
}

function fill(name: string, pageSize?: number): void {
  const table = "CREATE TABLE orders (id INTEGER PRIMARY KEY, total REAL, note TEXT)";
  const rows = `WITH RECURSIVE n(v) AS (SELECT 1 UNION ALL SELECT v + 1 FROM n LIMIT ${ROWS})
    INSERT INTO orders SELECT v, v * 0.35, 'order ' || v FROM n`;
  withFile(name, (db) => db.exec(`${table}; ${rows}`), pageSize);
}

let lastgood = await startLastgood({ env });
const { data, owner, token } = lastgood;
try {
  for (const name of ["shop", "ledger", "stock"]) {
    fill(name);
    await attachFile(lastgood, name, fileOf(name));
  }
  withFile("shop", (db) => {
    const one = db.prepare("DELETE FROM orders WHERE id = ?");
    for (let id = 1; id <= 12_000; id++) one.run(id);
  });
  await sleep(2_000);
  await lastgood.stop();
  withFile("ledger", (db) => db.exec("UPDATE orders SET total = 0; PRAGMA wal_checkpoint(TRUNCATE)"));
  for (const end of ["", "-wal", "-shm"]) rmSync(`${fileOf("stock")}${end}`, { force: true });
  fill("stock", 8192);
  lastgood = { ...(await startLastgood({ data, env })), owner, token };
  let view: AlarmsView;
  for (const untilMs = performance.now() + 120_000; ; await sleep(500)) {
    view = await call<AlarmsView>(lastgood, "/alarms?state=open");
    if (KINDS.every((kind) => view.alarms.some((alarm) => alarm.kind === kind))) break;
    if (performance.now() > untilMs) throw new Error(`not all were raised: ${view.alarms.map(({ kind }) => kind)}`);
  }
  await sleep(3_000);
  for (const { mail: message } of mail.received) process.stdout.write(`${message.subject}\n\n${message.text}\n`);
  await withBrowser(async (browser) => {
    for (const look of LOOKS) {
      const page = await signedIn(browser, lastgood.url, owner, look);
      await shoot(page, TARGET, "night-home", look);
      await page.goto("/alarms");
      await shoot(page, TARGET, "night-alarms", look);
      for (const { kind, database, figures } of view.alarms) {
        const next = alarmNextStep(kind, database?.name ?? null, figures);
        await page.goto("/alarms");
        const row = page.getByRole("listitem").filter({ hasText: database?.name ?? "" });
        await row.getByRole("link", { name: next.words }).first().click();
        await page.waitForURL(`**${next.path}`);
        await shoot(page, TARGET, `night-${kind.replaceAll("_", "-")}`, look);
      }
      await page.context().close();
    }
  });
} finally {
  await lastgood.remove();
  await mail.remove();
  rmSync(files, { recursive: true, force: true });
}
