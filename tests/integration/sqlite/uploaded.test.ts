import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { quietRun, SqliteWorld } from "../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(async () => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

test("an uploaded file is checked, brought into WAL mode, moved and served; a broken one is refused", async () => {
  const db = await world.host();
  const { uploads, hosted } = world.capture.paths;
  const make = (sql: string) => {
    const file = path.join(uploads, `${randomUUID()}.upload`);
    execFileSync("python3", [
      "-c",
      "import sqlite3,sys; sqlite3.connect(sys.argv[1]).executescript(sys.argv[2])",
      file,
      sql,
    ]);
    return file;
  };
  const target = (): ProtectedDatabase => {
    const id = randomUUID();
    return { ...db, id, path: path.join(hosted, `${id}.db`) };
  };
  const good = target();
  const upload = make("PRAGMA page_size=8192; CREATE TABLE t(a); INSERT INTO t VALUES (7)");
  await world.engine.protect(good, { kind: "upload", file: upload }, quietRun());
  expect(existsSync(upload)).toBe(false);
  const { results } = await world.engine.query(good, { sql: "SELECT a FROM t" });
  expect(results[0]?.results).toEqual([{ a: 7 }]);

  const broken = make("CREATE TABLE t(a); INSERT INTO t VALUES (zeroblob(9000))");
  writeFileSync(broken, Buffer.alloc(4000, 0xee), { flag: "r+" });
  const bad = target();
  const refused = world.engine.protect(bad, { kind: "upload", file: broken }, quietRun());
  await expect(refused).rejects.toMatchObject({ name: "LastgoodError", code: "attach_refused" });
  expect(existsSync(bad.path)).toBe(false);
});
