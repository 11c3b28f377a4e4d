import { randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Bookmark } from "../../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../../lib/engines/engine.ts";
import { ClusterWorld } from "../../../world/cluster-world.ts";
import { quietRun } from "../../../world/sqlite-world.ts";

const SCHEMA = `
  CREATE TABLE parents (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, up int REFERENCES parents, name text);
  CREATE TABLE kinds (id bigint PRIMARY KEY, n numeric, at timestamptz, raw bytea, tags text[], doc jsonb, f float8, r real, ok boolean, parent int REFERENCES parents ON DELETE CASCADE,
    twice int GENERATED ALWAYS AS (parent * 2) STORED);
  CREATE TABLE outside (parent int REFERENCES parents ON DELETE CASCADE);
  INSERT INTO parents (up, name) VALUES (NULL, 'top'), (1, 'below'), (3, 'itself');
  INSERT INTO kinds VALUES (9223372036854775807, 1.10, '2026-01-02 03:04:05.678901+00', '\\x00ff', '{a,NULL,"b c"}', '{"a":[1.0]}', 'NaN', 0.1, true, 2),
    (-1, 'Infinity', NULL, '', '{}', 'null', '-0', 1e30, false, NULL), (0, NULL, '-infinity', NULL, NULL, NULL, 0.1, NULL, NULL, 3);
  INSERT INTO outside VALUES (1)`;
const ALL = `SELECT id, n, at, raw, tags, doc, f, r, ok, parent, twice, (SELECT json_agg(p ORDER BY id) FROM parents p)::text AS parents FROM kinds ORDER BY id`;

let world: ClusterWorld;
let db: ProtectedDatabase;
let at: Bookmark;
let file: string;

beforeAll(async () => {
  world = await ClusterWorld.start();
  ({ db } = await world.host());
  await world.run(db, SCHEMA);
  at = (await world.engine.current(db)).bookmark;
  const written = await world.engine.documents.write(db, at, { excludeTables: ["outside"], schema: null }, quietRun());
  const parts: Uint8Array[] = [];
  for await (const part of written.body) parts.push(part);
  file = path.join(world.paths.temporary, "document.json");
  writeFileSync(file, Buffer.concat(parts));
  expect(written).toMatchObject({ tables: 2, rows: 6, sizeBytes: Buffer.concat(parts).length });
}, 120_000);

afterAll(async () => {
  await world?.close();
}, 60_000);

const state = async () => (await world.engine.query(db, { sql: ALL })).results[0]?.results;
const restore = (from: string, id = randomUUID()) =>
  world.engine.documents.restore(db, id, () => Promise.resolve(from), quietRun());

describe("a document of a cluster", () => {
  test("holds exact values under PostgreSQL's own types", () => {
    const text = readFileSync(file, "utf8");
    const { manifest, data } = JSON.parse(text) as {
      manifest: Record<string, unknown>;
      data: Record<string, unknown[]>;
    };
    expect(manifest).toMatchObject({ engine: "postgres", schema: "public", bookmark: at, totalRows: 6 });
    expect(text).toContain(
      '"id":{"$integer":"9223372036854775807"},"n":"1.10","at":"2026-01-02 03:04:05.678901+00","raw":{"$blob":"AP8="}',
    );
    expect(data.kinds?.[1]).toMatchObject({ n: "Infinity", at: null, ok: false, tags: "{}" });
    expect(text).not.toContain('"twice":');
  });

  test("brings its tables back as one commit, to the last digit, and takes nothing of other tables along", async () => {
    const was = await state();
    await world.run(
      db,
      "DELETE FROM kinds WHERE id < 5; UPDATE kinds SET n = 2; UPDATE parents SET name = 'other'; INSERT INTO parents (name) VALUES ('new')",
    );
    const id = randomUUID();
    const done = await restore(file, id);
    expect(done.replaced).toEqual({
      rows: 6,
      tables: [
        { name: "kinds", removed: 1, written: 3 },
        { name: "parents", removed: 4, written: 3 },
      ],
    });
    expect(await state()).toEqual(was);
    expect(await world.run(db, "SELECT parent FROM outside")).toEqual([{ parent: 1 }]);
    expect(
      await world.run(db, "SELECT count(*)::int AS n FROM pg_constraint WHERE contype = 'f' AND convalidated"),
    ).toEqual([{ n: 3 }]);
    expect(done.reached.bookmark).toBe(done.restoreBookmark);
    const [before, after] = [
      await world.engine.resolve(db, done.previous),
      await world.engine.resolve(db, done.reached),
    ];
    expect(after.txid).toBe(before.txid + 1);
    expect(await restore("/nowhere", id)).toEqual(done);
  });

  test("that is not what was written, or does not fit, changes nothing", async () => {
    const was = await state();
    const other = path.join(world.paths.temporary, "other.json");
    writeFileSync(other, readFileSync(file, "utf8").replace('"1.10"', '"1.11"'));
    await expect(restore(other)).rejects.toMatchObject({ code: "invalid_input", details: { outcome: "nothing" } });
    await world.run(db, "INSERT INTO parents (name) VALUES ('new'); INSERT INTO outside SELECT max(id) FROM parents");
    const now = await state();
    await expect(restore(file)).rejects.toMatchObject({ code: "conflict", details: { outcome: "nothing" } });
    expect(await state()).toEqual(now);
    await world.run(db, "ALTER TABLE kinds ADD COLUMN more int");
    await expect(restore(file)).rejects.toMatchObject({ code: "conflict" });
    await expect(
      world.engine.documents.write(db, at, { excludeTables: [], schema: "nowhere" }, quietRun()),
    ).rejects.toMatchObject({ code: "invalid_input" });
    expect(was).toHaveLength(3);
  });
});
