import { rmSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { DatabaseView, MarksView } from "../lib/client/api-types.ts";
import type { BenchWorld } from "./bench-world.ts";
import { makeStoriedHistory, prepareStoriedDatabase, type Story } from "./make-storied-history.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const PATIENCE_MS = 120_000;

export type StoriedDatabase = { id: string; name: string; fromMs: number; toMs: number; deletedAtMs: number };

const numbers = (count: number) =>
  `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
const FILL_INVOICES = `INSERT INTO invoices (id, customer, cents) ${numbers(80_346)} SELECT i, 'customer ' || (i % 977), i * 37 % 90000 FROM n`;

/**
 * A database with thirty days of history in which things happened, the last one DELETE without WHERE half an hour ago and its
 * restore, attached and protected, its marks read.
 */
export async function attachStoried(world: BenchWorld, name: string, commits: number): Promise<StoriedDatabase> {
  const file = path.join(world.folder, `${name}.db`);
  prepareStoriedDatabase(
    file,
    `CREATE TABLE invoices (id INTEGER PRIMARY KEY, customer TEXT, cents INTEGER); ${FILL_INVOICES};
     CREATE TABLE sessions (id INTEGER PRIMARY KEY, token TEXT);
     INSERT INTO sessions (token) ${numbers(6_000)} SELECT hex(randomblob(8)) FROM n`,
  );
  const attached = { name, engine: "sqlite", attach: { path: file } };
  const { id } = await world.call<DatabaseView>("/databases", attached);
  await world.settle(id);
  const toMs = Date.now() - 4 * SECOND;
  const fromMs = toMs - 30 * DAY + HOUR;
  const deletedAtMs = toMs - 28 * MINUTE - 17_894;
  await world.restart(async () => {
    rmSync(world.historyOf(id), { recursive: true });
    await makeStoriedHistory({
      directory: world.historyOf(id),
      file,
      commits,
      fromMs,
      toMs,
      stories: storiesOf(toMs, deletedAtMs),
      gaps: [
        { fromMs: toMs - 22 * DAY, toMs: toMs - 22 * DAY + 8 * HOUR },
        { fromMs: toMs - 11 * DAY, toMs: toMs - 11 * DAY + 4 * HOUR },
        { fromMs: toMs - 45 * MINUTE, toMs: toMs - 45 * MINUTE + 162 * SECOND },
      ],
    });
  });
  await untilRead(world, { id, fromMs });
  return { id, name, fromMs, toMs, deletedAtMs };
}

function storiesOf(toMs: number, deletedAtMs: number): Story[] {
  return [
    { atMs: toMs - 17 * DAY, sql: "CREATE INDEX invoices_by_customer ON invoices (customer)" },
    { atMs: toMs - 9 * DAY, sql: "DELETE FROM sessions WHERE id % 3 = 0" },
    { atMs: toMs - 34 * MINUTE, sql: "ALTER TABLE invoices ADD COLUMN note TEXT" },
    { atMs: deletedAtMs, sql: "DELETE FROM invoices" },
    { atMs: toMs - 14 * MINUTE, sql: FILL_INVOICES, isRestore: true },
  ];
}

async function untilRead(world: BenchWorld, { id, fromMs }: { id: string; fromMs: number }): Promise<void> {
  for (const untilMs = Date.now() + PATIENCE_MS; Date.now() < untilMs; await sleep(300)) {
    const { state, capture } = await world.call<DatabaseView>(`/databases/${id}`);
    if (state !== "active" || capture?.state !== "protected") continue;
    const { isReading } = await world.call<MarksView>(`/databases/${id}/marks?from=${fromMs}&to=${Date.now() + DAY}`);
    if (!isReading) return;
  }
  throw new Error("the database with the storied history is protected and read");
}
