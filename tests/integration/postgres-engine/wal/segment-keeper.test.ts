import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, openSync, readdirSync, rmSync, symlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatLsn } from "../../../../lib/domain/cluster-bookmark.ts";
import { incarnationFolders } from "../../../../lib/engines/postgres/history/cluster-history.ts";
import { FLUSH_PREFIX } from "../../../../lib/engines/postgres/history/flush-message.ts";
import { IncarnationIndex } from "../../../../lib/engines/postgres/history/incarnation-index.ts";
import { indexFiles, readIfThere } from "../../../../lib/engines/postgres/history/index-files.ts";
import { SegmentKeeper } from "../../../../lib/engines/postgres/history/segment-keeper.ts";
import { decodeNotes } from "../../../../lib/engines/postgres/history/segment-notes.ts";
import { RawCluster } from "../../../world/raw-cluster.ts";

const SEGMENT_BYTES = 1024 * 1024;
const log = pino({ level: process.env.CAPTURE_LOG ?? "silent" });

let cluster: RawCluster;
let history: string;

beforeAll(async () => {
  cluster = await RawCluster.start(["max_prepared_transactions=5", "wal_keep_size=1GB"]);
  history = historyOver(cluster.wal);
});
afterAll(async () => {
  await cluster?.remove();
  if (history) rmSync(history, { recursive: true, force: true });
});

test("a log that is indexed while it is written, through restarts, has the commits that pg_waldump finds", async () => {
  let keeper = newKeeper();
  await cluster.sql("CREATE TABLE t (id int PRIMARY KEY, words text)");
  for (let round = 0; round < 4; round++) {
    await cluster.sql(`
      DO $$ BEGIN FOR i IN 1..150 LOOP
        INSERT INTO t VALUES (${round} * 1000 + i, repeat(md5(i::text), 20)); COMMIT;
        IF i % 7 = 0 THEN UPDATE t SET words = 'gone' WHERE id = i; ROLLBACK; END IF;
      END LOOP; END $$`);
    await cluster.sql("BEGIN; SAVEPOINT a; DELETE FROM t WHERE id < 50; RELEASE a; COMMIT");
    await cluster.sql(`BEGIN; INSERT INTO t VALUES (${round} * 1000 + 900, 'two'); PREPARE TRANSACTION 'two'`);
    await cluster.sql(round % 2 === 0 ? "COMMIT PREPARED 'two'" : "ROLLBACK PREPARED 'two'");
    if (round === 3) await cluster.sql("SELECT pg_switch_wal()");
    await cluster.sql("SELECT pg_logical_emit_message(true, 'other', repeat('x', 400000))");
    await cluster.received();
    await Promise.all([keeper.take(), keeper.take()]);
    if (round % 2 === 1) {
      await keeper.close();
      keeper = newKeeper();
      await keeper.take();
    }
  }
  const [wanted, found] = [await dumped(), indexed()];
  expect(wanted.length).toBeGreaterThan(600);
  expect(found.map(({ lsn }) => lsn)).toEqual(wanted.map(({ lsn }) => lsn));
  expect(found.map(({ timeUs }) => timeUs)).toEqual(wanted.map(({ timeUs }) => timeUs));
  expect(keeper.newest()).toEqual({
    lsn: wanted.at(-1)?.lsn,
    timeMs: Math.floor((wanted.at(-1)?.timeUs ?? 0) / 1000),
    ordinal: wanted.length,
  });
  await keeper.archived();
  const folders = incarnationFolders(history, 1);
  expect(readdirSync(folders.archive).length).toBeGreaterThan(1);
  expect(readdirSync(folders.wal).filter((name) => !name.endsWith(".partial"))).toHaveLength(1);
  await keeper.close();
});

test("a flush is no commit: it has no number, and proves which time the log has reached", async () => {
  const keeper = newKeeper();
  await keeper.take();
  const before = keeper.newest();
  const askedMs = Date.now();
  await cluster.sql(`SELECT pg_logical_emit_message(true, '${FLUSH_PREFIX}', '')`);
  await cluster.received();
  await keeper.take();
  expect(keeper.newest()).toEqual(before);
  expect(keeper.readThrough()?.timeMs).toBeGreaterThanOrEqual(askedMs);
  await cluster.sql("SELECT pg_logical_emit_message(true, 'lastgood', 'a restore')");
  await cluster.received();
  await keeper.take();
  expect(keeper.newest()?.ordinal).toBe((before?.ordinal ?? 0) + 1);
  await keeper.close();
});

test("large deletes and changes of the schema are noted with the commit that did them", async () => {
  const keeper = newKeeper();
  await keeper.take();
  const known = notes().length;
  await cluster.sql("CREATE TABLE orders (id int, words text)");
  await cluster.sql("INSERT INTO orders SELECT i, 'x' FROM generate_series(1, 500) i");
  await cluster.sql("DELETE FROM orders WHERE id <= 400");
  await cluster.sql("ALTER TABLE orders ADD COLUMN more int");
  await cluster.sql("TRUNCATE orders");
  await cluster.sql("DROP TABLE orders");
  await cluster.received();
  await keeper.take();
  const found = notes().slice(known);
  expect(found.map(({ deletes, changes }) => ({ deletes, changes }))).toEqual([
    { deletes: 0, changes: expect.arrayContaining(["table_added", "columns"]) },
    { deletes: 400, changes: [] },
    { deletes: 0, changes: ["columns"] },
    { deletes: 0, changes: ["storage"] },
    { deletes: 0, changes: expect.arrayContaining(["table_removed", "columns"]) },
  ]);
  const lsns = new Set(indexed().map(({ lsn }) => lsn));
  for (const { lsn } of found) expect(lsns).toContain(formatLsn(BigInt(lsn)));
  await keeper.close();
});

test("rows that go in many small transactions are noted together, and those of a queue are not", async () => {
  const keeper = newKeeper();
  await cluster.sql(
    "CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 3000) i; CREATE TABLE jobs (id int)",
  );
  await cluster.received();
  await keeper.take();
  const known = notes().length;
  await cluster.sql("DO $$ BEGIN FOR i IN 1..2500 LOOP DELETE FROM orders WHERE id = i; COMMIT; END LOOP; END $$");
  const queue = "INSERT INTO jobs VALUES (i); COMMIT; DELETE FROM jobs WHERE id = i; COMMIT;";
  await cluster.sql(`DO $$ BEGIN FOR i IN 1..1500 LOOP ${queue} END LOOP; END $$`);
  await cluster.received();
  await keeper.take();
  const found = notes().slice(known);
  expect(found).toMatchObject([{ deletes: 2_500, commits: 2_500, changes: [], dropped: 0 }]);
  expect(indexed().map(({ lsn }) => lsn)).toContain(formatLsn(BigInt(found[0]?.lsn ?? 0)));
  await keeper.close();
});

test("a damaged segment is told, and what lies behind it is read on", async () => {
  const keeper = newKeeper();
  await keeper.take();
  await keeper.close();
  const copy = historyOver(cluster.wal, "copy");
  try {
    await cluster.sql(
      "DO $$ BEGIN FOR i IN 1..2500 LOOP INSERT INTO t VALUES (100000 + i, repeat('y', 900)); COMMIT; END LOOP; END $$",
    );
    await cluster.received();
    const { wal, index } = incarnationFolders(copy, 1);
    for (const name of readdirSync(cluster.wal)) copyFileSync(path.join(cluster.wal, name), path.join(wal, name));
    const name =
      readdirSync(wal)
        .filter((one) => !one.endsWith(".partial"))
        .sort()
        .at(-2) ?? "";
    const file = openSync(path.join(wal, name), "r+");
    writeSync(file, Buffer.from("damage"), 0, 6, SEGMENT_BYTES / 2);
    const damaged = newKeeper(copy);
    await damaged.take();
    const found = new IncarnationIndex(index, SEGMENT_BYTES);
    found.refresh();
    const broken = found.segments.filter(({ brokenLsn }) => brokenLsn >= 0);
    expect(broken).toHaveLength(1);
    const [{ segment = 0, brokenLsn = 0 } = {}] = broken;
    expect(brokenLsn).toBeGreaterThan(segment * SEGMENT_BYTES + SEGMENT_BYTES / 2 - 20_000);
    expect(brokenLsn).toBeLessThanOrEqual(segment * SEGMENT_BYTES + SEGMENT_BYTES / 2);
    const all = await dumped();
    expect(damaged.newest()?.lsn).toBe(all.at(-1)?.lsn);
    await damaged.close();
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

const newKeeper = (directory = history) =>
  new SegmentKeeper({ directory, incarnation: 1, segmentBytes: SEGMENT_BYTES, log });

/** A history whose received log is the cluster's own folder, or a copy of it. */
function historyOver(wal: string, how: "same" | "copy" = "same"): string {
  const directory = mkdtempSync(path.join(tmpdir(), "history-"));
  const folders = incarnationFolders(directory, 1);
  mkdirSync(folders.root, { recursive: true });
  if (how === "same") symlinkSync(wal, folders.wal);
  else mkdirSync(folders.wal);
  return directory;
}

function indexed(): { lsn: string; timeUs: number }[] {
  const index = new IncarnationIndex(incarnationFolders(history, 1).index, SEGMENT_BYTES);
  index.refresh();
  return Array.from({ length: index.lastRank }, (_, i) => {
    const commit = index.commit(i + 1);
    return { lsn: formatLsn(BigInt(commit?.lsn ?? 0)), timeUs: commit?.timeUs ?? 0 };
  });
}

const notes = () => decodeNotes(readIfThere(indexFiles(incarnationFolders(history, 1).index).notes));

/** All commits of the server's own log by pg_waldump; flushes are left out by their messages. */
async function dumped(): Promise<{ lsn: string; timeUs: number }[]> {
  const index = new IncarnationIndex(incarnationFolders(history, 1).index, SEGMENT_BYTES);
  index.refresh();
  const begins = index.covers?.fromLsn ?? 0;
  const whole = mkdtempSync(path.join(tmpdir(), "whole-"));
  try {
    const data = path.join(cluster.data, "pg_wal");
    const names = readdirSync(data)
      .filter((name) => /^[0-9A-F]{24}$/.test(name))
      .sort();
    for (const name of names) copyFileSync(path.join(data, name), path.join(whole, name));
    const text = await new Promise<string>((resolve) => {
      execFile(
        path.join(cluster.programs.folder, "pg_waldump"),
        ["-p", whole, "-s", formatLsn(BigInt(begins))],
        { env: { TZ: "UTC", NODE_ENV: "test" }, maxBuffer: 1024 * 1024 * 1024 },
        (_error, output) => resolve(output),
      );
    });
    const flushes = new Set<string>();
    return text.split("\n").flatMap((line) => {
      const xid = /tx:\s+(\d+)/.exec(line)?.[1] ?? "";
      if (line.includes(`prefix "${FLUSH_PREFIX}"`)) flushes.add(xid);
      const match =
        /lsn: ([0-9A-F]+)\/0*([0-9A-F]+), .*desc: COMMIT(?:_PREPARED)? .*?(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.(\d+) UTC/.exec(
          line,
        );
      const [, high, low, second, part] = match ?? [];
      if (!high || !low || !second || !part || flushes.has(xid)) return [];
      return [{ lsn: `${high}/${low}`, timeUs: Date.parse(`${second.replace(" ", "T")}Z`) * 1000 + Number(part) }];
    });
  } finally {
    rmSync(whole, { recursive: true, force: true });
  }
}
