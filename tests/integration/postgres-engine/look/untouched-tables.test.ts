import { execFileSync } from "node:child_process";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Bookmark } from "../../../../lib/domain/bookmark.ts";
import type { DatabaseDiff } from "../../../../lib/domain/diff.ts";
import type { ProtectedDatabase } from "../../../../lib/engines/engine.ts";
import { clusterPlaces } from "../../../../lib/engines/postgres/cluster.ts";
import { readClusterHistory } from "../../../../lib/engines/postgres/history/cluster-history.ts";
import { fileKey } from "../../../../lib/engines/postgres/history/touched-files.ts";
import { ClusterComparison } from "../../../../lib/engines/postgres/look/cluster-comparison.ts";
import { ServerSession } from "../../../../lib/engines/postgres/look/server-session.ts";
import { ClusterMoments } from "../../../../lib/engines/postgres/moments/cluster-moments.ts";
import { requirePrograms } from "../../../../lib/engines/postgres/programs/find-programs.ts";
import { readAccess } from "../../../../lib/engines/postgres/receiver/access-file.ts";
import { ReceiverClient } from "../../../../lib/engines/postgres/receiver/receiver-client.ts";
import { ClusterWorld } from "../../../world/cluster-world.ts";
import { findPostgres } from "../../../world/find-postgres.ts";

const TABLES = ["quiet", "busy", "straddled", "savepoints", "undone", "long", "labelled"] as const;
let world: ClusterWorld;
let db: ProtectedDatabase;
let moments: ClusterMoments;
let receiver: ReceiverClient;

beforeAll(async () => {
  world = await ClusterWorld.start();
  ({ db } = await world.host());
  await world.run(
    db,
    `CREATE TYPE mood AS ENUM ('fine', 'poor');
     CREATE TABLE labelled (id int PRIMARY KEY, mood mood); INSERT INTO labelled VALUES (1, 'fine');
     ${TABLES.slice(0, -1)
       .map((name) => `CREATE TABLE ${name} (id int PRIMARY KEY, v text); INSERT INTO ${name} VALUES (1, 'one');`)
       .join("\n")}
     ALTER TABLE long ALTER v SET STORAGE EXTERNAL`,
  );
  await (await world.connect(db, "superuser", "app")).query("CHECKPOINT");
  const { paths, log } = world;
  receiver = new ReceiverClient(paths);
  const historyOf = ({ id }: ProtectedDatabase) => {
    const history = readClusterHistory(clusterPlaces(paths, id).history);
    if (!history) throw new Error("it has a history");
    return history;
  };
  moments = new ClusterMoments({
    ...{ paths, log, receiver, historyOf, programsFolder: null, attachedCopies: "on" },
    places: ({ id }) => clusterPlaces(paths, id),
    programsOf: (of) => requirePrograms(null, historyOf(of).serverVersion),
  });
}, 120_000);
afterAll(async () => {
  receiver.close();
  await world.close();
}, 60_000);

const now = async () => (await world.engine.current(db)).bookmark;

/** The tables that the log between two moments names. */
async function touched(from: Bookmark, to: Bookmark): Promise<string[] | null> {
  const files = await moments.touched(db, from, to, new AbortController().signal);
  if (files === null) return null;
  const superuser = await world.connect(db, "superuser", "app");
  const { rows } = await superuser.query<{ name: string; database: string; file: string; long: string | null }>(
    `SELECT relname AS name, (SELECT oid FROM pg_database WHERE datname = current_database()) AS database,
       pg_relation_filenode(oid) AS file, pg_relation_filenode(reltoastrelid) AS long
     FROM pg_class WHERE relname = ANY ($1) AND relkind = 'r'`,
    [TABLES],
  );
  return rows
    .filter(({ database, file, long }) => [file, long].some((one) => one !== null && files.has(fileKey(database, one))))
    .map(({ name }) => name)
    .sort();
}

async function whole(from: Bookmark, to: Bookmark): Promise<DatabaseDiff> {
  for (;;) {
    const diff = await world.engine.diffs.diff(db, from, to);
    if (diff.state === "complete") return diff;
  }
}

test("tables that nobody has written to between two moments are not read, and all others are", async () => {
  const [one, other] = [await world.connect(db, "superuser", "app"), await world.connect(db, "superuser", "app")];
  await one.query("BEGIN; INSERT INTO straddled VALUES (2, 'written before, committed after')");
  await other.query("BEGIN; SAVEPOINT s; INSERT INTO savepoints VALUES (2, 'two'); RELEASE s");
  await world.run(db, "UPDATE undone SET v = 'uno'");
  const from = await now();
  await one.query("COMMIT");
  await other.query("COMMIT");
  await world.run(db, "UPDATE busy SET v = 'eins'");
  await one.query("BEGIN; UPDATE undone SET v = 'nobody sees it'; ROLLBACK");
  await world.run(db, "UPDATE long SET v = (SELECT string_agg(md5(i::text), '') FROM generate_series(1, 500) i)");
  const to = await now();
  expect(await touched(from, to)).toEqual(["busy", "long", "savepoints", "straddled", "undone"]);
  expect(await touched(to, from)).toEqual(await touched(from, to));
  const diff = await whole(from, to);
  expect(diff.tables.map(({ name }) => name)).toEqual(["busy", "long", "savepoints", "straddled"]);
  expect(diff.sameTables).toEqual(["labelled", "quiet", "undone"]);
  expect(await whole(to, from)).toMatchObject({ sameTables: diff.sameTables });
});

test("the control: between the two moments the log itself does not name what was written before and committed after", async () => {
  const session = await world.connect(db, "superuser", "app");
  const lsn = async () =>
    (await session.query<{ lsn: string }>("SELECT pg_current_wal_insert_lsn() AS lsn")).rows[0]?.lsn ?? "";
  await session.query("BEGIN; INSERT INTO straddled VALUES (3, 'three')");
  await world.run(db, "UPDATE busy SET v = 'zwei'");
  const start = await lsn();
  const from = await now();
  await session.query("COMMIT");
  const to = await now();
  const { rows } = await session.query<{ file: string }>("SELECT pg_relation_filenode('straddled') AS file");
  const log = path.join(clusterPlaces(world.paths, db.id).live, "pg_wal");
  const said = execFileSync(
    path.join(findPostgres() ?? "", "pg_waldump"),
    [`--path=${log}`, `--start=${start}`, `--end=${await lsn()}`],
    {
      encoding: "utf8",
    },
  );
  expect(said).toContain("COMMIT");
  expect(said).not.toMatch(new RegExp(`rel \\d+/\\d+/${rows[0]?.file}\\b`));
  expect(await touched(from, to)).toEqual(["straddled"]);
  expect((await whole(from, to)).tables).toMatchObject([{ name: "straddled", added: 1 }]);
});

test("what changes the meaning of rows without touching them has all tables read", async () => {
  const from = await now();
  await world.run(db, "ALTER TYPE mood RENAME VALUE 'fine' TO 'splendid'");
  const to = await now();
  expect(await touched(from, to)).toEqual([]);
  expect((await whole(from, to)).tables).toMatchObject([{ name: "labelled", changed: 1 }]);
});

test("a column that is added with a default is a difference of all rows, although none was written", async () => {
  const from = await now();
  await world.run(db, "ALTER TABLE quiet ADD COLUMN w text DEFAULT 'w'");
  const to = await now();
  expect(await touched(from, to)).toEqual([]);
  const diff = await whole(from, to);
  expect(diff.schema.length).toBeGreaterThan(0);
});

test("nothing is said where the state between was restored, or the log is another one", async () => {
  const from = await now();
  await world.run(db, "UPDATE busy SET v = 'drei'");
  const restored = await world.engine.restore(db, "back", from, {
    signal: new AbortController().signal,
    progress: () => undefined,
  });
  expect(restored.restoreBookmark).not.toBeNull();
  expect(await touched(from, await now())).toBeNull();
});

test("what is passed over is not read at all: with the wrong files it would be taken for the same", async () => {
  const access = readAccess(clusterPlaces(world.paths, db.id).access);
  if (!access) throw new Error("it can be reached");
  const place = { ...access, database: "app" };
  const [here, there] = [await ServerSession.open(place), await ServerSession.open(place)];
  await there.run("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  await there.run("SELECT 1");
  await world.run(db, "UPDATE busy SET v = 'vier'");
  const all = new ClusterComparison({ here, there });
  await all.run();
  expect(all.passedOver).toBe(0);
  expect(all.compared.tables.map(({ name }) => name)).toEqual(["busy"]);
  const none = new ClusterComparison({ here, there }, new Set());
  await none.run();
  expect(none.passedOver).toBe(TABLES.length);
  expect(none.compared.tables).toEqual([]);
  for (const session of [here, there]) await session.close();
});
