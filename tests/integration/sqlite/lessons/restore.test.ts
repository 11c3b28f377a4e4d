import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../../lib/engines/engine.ts";
import { SqlSession } from "../../../world/sql-session.ts";
import { quietRun, SqliteWorld } from "../../../world/sqlite-world.ts";

let world: SqliteWorld;
beforeAll(() => {
  world = new SqliteWorld();
});
afterAll(() => world.close());

async function program(name: string): Promise<{ session: SqlSession; db: ProtectedDatabase }> {
  const session = await SqlSession.open(world.file(name));
  await session.many("insert into t values(?, randomblob(200))", 1, 20);
  return { session, db: await world.attach(world.file(name)) };
}

describe("restores keep the lessons of others", () => {
  test("the very first commits after a restore and after its undo have their bookmarks", async () => {
    const { session, db } = await program("first.db");
    const start = await world.engine.current(db);
    await session.many("insert into t values(?, randomblob(200))", 21, 60);
    const restored = await world.engine.restore(db, "back", start.bookmark, quietRun());
    const restore = await world.engine.current(db);
    expect(restore.bookmark).toBe(restored.restoreBookmark);
    await session.sql("insert into t values(21, 'after')");
    expect((await world.engine.current(db)).txid).toBe(restore.txid + 1);
    await world.engine.restore(db, "undo", restored.previous.bookmark, quietRun());
    await session.sql("insert into t values(1000, 'after')");
    expect((await world.engine.current(db)).txid).toBe(restore.txid + 3);
    session.kill();
  });

  test("pages are computed before the write lock is taken, so writers go on meanwhile", {
    timeout: 60_000,
  }, async () => {
    const { session, db } = await program("lock.db");
    await session.sql(
      "with n(i) as (select 1 union all select i+1 from n where i<20000) insert into t select i+100, randomblob(900) from n",
    );
    const start = await world.engine.current(db);
    await session.sql("update t set v = randomblob(900)");
    const other = await SqlSession.open(db.path);
    // Neither a long copy of the log nor a slow disk may stand for the lock that is looked for.
    for (const setting of ["busy_timeout = 0", "wal_autocheckpoint = 0", "synchronous = off"])
      await other.sql(`pragma ${setting}`);
    const run = quietRun();
    let isOver = false;
    const restoring = world.engine.restore(db, "back-under-writers", start.bookmark, run).finally(() => {
      isOver = true;
    });
    let [written, refused] = [0, 0];
    while (!isOver && !run.stages.includes("apply")) {
      // Without any patience: only a keeper's own short lock may be in the way now and then.
      const isIn = await other.sql("insert into t(v) values ('meanwhile')").then(
        () => true,
        () => false,
      );
      if (isIn) written++;
      else refused++;
    }
    await restoring;
    expect(written).toBeGreaterThan(2 + refused);
    for (const each of [session, other]) each.kill();
  });
});
