import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import { connectionString } from "../../../lib/domain/cluster-connection.ts";
import type { Restored } from "../../../lib/domain/restore.ts";
import { incarnationFolders, readClusterHistory } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { requirePrograms } from "../../../lib/engines/postgres/programs/find-programs.ts";
import { accessEnvironment } from "../../../lib/engines/postgres/programs/run-program.ts";
import { readAccess } from "../../../lib/engines/postgres/receiver/access-file.ts";
import { ReceiverClient } from "../../../lib/engines/postgres/receiver/receiver-client.ts";
import { servingPid } from "../../../lib/engines/postgres/receiver/serving-cluster.ts";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import { ClusterWorld, type HostedCluster } from "../../world/cluster-world.ts";
import { quietRun } from "../../world/sqlite-world.ts";

let world: ClusterWorld;
let shop: HostedCluster;
let receiver: ReceiverClient;
/** The state with so many rows. */
const states: Bookmark[] = [];

beforeAll(async () => {
  world = await ClusterWorld.start();
  receiver = new ReceiverClient(world.paths);
  shop = await world.host("shop");
  await world.run(shop.db, "CREATE TABLE orders (id int PRIMARY KEY)");
  const superuser = await world.connect(shop.db, "superuser");
  await superuser.query("CREATE ROLE dismissed LOGIN PASSWORD 'of-long-ago'");
  for (let rows = 0; rows <= 3; rows++) {
    if (rows > 0) await world.run(shop.db, `INSERT INTO orders VALUES (${rows})`);
    states.push((await world.engine.current(shop.db)).bookmark);
  }
  await superuser.query("DROP ROLE dismissed");
  await superuser.query("CREATE ROLE hired LOGIN PASSWORD 'new'");
  await world.run(shop.db, "INSERT INTO orders VALUES (4)");
});
afterAll(async () => {
  receiver.close();
  await world.close();
});

const stateWith = (rows: number) => states[rows] ?? ("" as Bookmark);
const rowsOf = async ({ db }: Pick<HostedCluster, "db">) =>
  (await world.run<{ id: number }>(db, "SELECT id FROM orders ORDER BY id")).map(({ id }) => id);
let serial = 0;
const restore = (to: Bookmark): Promise<Restored> =>
  world.engine.restore(shop.db, `restore-${++serial}`, to, quietRun());

/** The process that receives into a folder. */
function receiverOf(wal: string): number {
  const isIt = (pid: string) => {
    const file = `/proc/${pid}/cmdline`;
    const words = existsSync(file) ? readFileSync(file, "utf8").split("\0") : [];
    return words[0]?.endsWith("/pg_receivewal") === true && words.includes(wal);
  };
  const pid = readdirSync("/proc").find((name) => /^\d+$/.test(name) && isIt(name));
  if (!pid) throw new Error("nobody receives");
  return Number(pid);
}

/** Commits a row before anything else of this process goes on. */
function insertAtOnce(id: number): void {
  const { folder } = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
  const password = readAccess(shop.places.access);
  if (!password) throw new Error("it is known how to connect");
  execFileSync(path.join(folder, "psql"), ["-X", "-c", `INSERT INTO orders VALUES (${id})`], {
    env: { NODE_ENV: "test", PATH: "/usr/bin:/bin", ...accessEnvironment({ ...password, database: "app" }) },
  });
}

describe("a restore in place", () => {
  let restored: Restored;

  it("says before what it would do, and what does not come along", async () => {
    const plan = await world.engine.plan(shop.db, stateWith(2), null);
    expect(plan).toMatchObject({ way: "swap", commits: 4, to: { bookmark: stateWith(2) } });
    expect(plan.leavesBehind?.join(" ")).toContain("Every connection ends");
    expect(plan.pages * plan.pageSizeBytes).toBeGreaterThan(5_000_000);
  });

  it("runs nothing of what the owner of the database has put in front of PostgreSQL's own names", async () => {
    await world.run(
      shop.db,
      `CREATE SCHEMA trap;
       CREATE FUNCTION trap.same("char", "char") RETURNS boolean LANGUAGE plpgsql AS
         $$ BEGIN EXECUTE 'ALTER ROLE app SUPERUSER'; RETURN true; END $$;
       CREATE OPERATOR trap.= (LEFTARG = "char", RIGHTARG = "char", FUNCTION = trap.same);
       ALTER DATABASE app SET search_path = trap, pg_catalog, public`,
    );
    try {
      await world.engine.plan(shop.db, stateWith(2), null);
      const superuser = await world.connect(shop.db, "superuser");
      const { rows } = await superuser.query("SELECT rolsuper FROM pg_roles WHERE rolname = 'app'");
      expect(rows).toEqual([{ rolsuper: false }]);
      // The control: such a name does win in a session that is told nothing else.
      const careless = await world.connect(shop.db, "superuser", "app");
      await careless.query("SELECT 1 FROM pg_class WHERE relpersistence = 'u' LIMIT 1");
      const again = await superuser.query("SELECT rolsuper FROM pg_roles WHERE rolname = 'app'");
      expect(again.rows).toEqual([{ rolsuper: true }]);
    } finally {
      const superuser = await world.connect(shop.db, "superuser");
      await superuser.query("ALTER ROLE app NOSUPERUSER");
      await superuser.query("ALTER DATABASE app RESET search_path");
    }
  });

  it("brings the state back under the same connection string, and begins a stretch of its own", async () => {
    await receiver.ask("setPassword", { database: shop.db.id, role: "app", password: "changed since" }, 10_000);
    world.remember(shop.db, { ...shop.connection, password: "changed since" });
    const before = await world.engine.current(shop.db);
    const shipped = world.engine.copySource(shop.db).list().newest;
    restored = await restore(stateWith(2));
    expect(await rowsOf(shop)).toEqual([1, 2]);
    expect(restored.previous.bookmark).toBe(before.bookmark);
    // The second copy goes on with the same history.
    expect(world.engine.copySource(shop.db).list().knows?.(shipped)).toBe(true);
    expect(world.engine.copySource(shop.db).list().newest.txid).toBeGreaterThan(shipped.txid);
    expect(restored.restoreBookmark).toBe((await world.engine.current(shop.db)).bookmark);
    const history = readClusterHistory(shop.places.history);
    expect(history?.stretches).toMatchObject([
      { activation: 1, incarnation: 1, timeline: 1 },
      { activation: 2, incarnation: 2, timeline: 2, restoreId: "restore-1", origin: stateWith(2), endLsn: null },
    ]);
    expect(restored.timings.apply).toBeLessThan(10_000);
  });

  it("lets in whom the present lets in: changed passwords stay changed, dropped roles stay out", async () => {
    const logIn = async (user: string, password: string) => {
      const client = new pg.Client({ connectionString: connectionString({ ...shop.connection, user, password }) });
      await client.connect();
      await client.end();
    };
    await expect(logIn("app", shop.connection.password)).rejects.toThrow("password authentication failed");
    await expect(logIn("app", "changed since")).resolves.toBeUndefined();
    await expect(logIn("dismissed", "of-long-ago")).rejects.toThrow(/password authentication failed|not permitted/);
    const superuser = await world.connect(shop.db, "superuser");
    const { rows } = await superuser.query("SELECT rolname FROM pg_roles WHERE rolname IN ('dismissed', 'hired')");
    expect(rows).toEqual([{ rolname: "dismissed" }]);
  });

  it("is not done twice under one id", async () => {
    const again = await world.engine.restore(shop.db, "restore-1", stateWith(2), quietRun());
    expect(again).toMatchObject({ previous: restored.previous, restoreBookmark: restored.restoreBookmark });
    expect(readClusterHistory(shop.places.history)?.stretches).toHaveLength(2);
  });

  it("is undone by exchanging what it had set aside, and that is undone as well", async () => {
    await world.run(shop.db, "INSERT INTO orders VALUES (33)");
    const undone = await restore(restored.previous.bookmark);
    expect(await rowsOf(shop)).toEqual([1, 2, 3, 4]);
    expect(existsSync(path.join(shop.places.aside, "restore-1"))).toBe(false);
    const history = readClusterHistory(shop.places.history);
    expect(history?.incarnations.at(-1)).toMatchObject({ number: 3, timeline: 1, parent: { incarnation: 1 } });
    await world.run(shop.db, "INSERT INTO orders VALUES (5)");
    await restore(undone.previous.bookmark);
    expect(await rowsOf(shop)).toEqual([1, 2, 33]);
  });

  it("reaches every state of every stretch, before and after restores", async () => {
    await world.run(shop.db, "INSERT INTO orders VALUES (34)");
    const there = await world.engine.current(shop.db);
    await restore(stateWith(1));
    expect(await rowsOf(shop)).toEqual([1]);
    rmSync(shop.places.aside, { recursive: true });
    await restore(there.bookmark);
    expect(await rowsOf(shop)).toEqual([1, 2, 33, 34]);
    const nothing = await restore((await world.engine.current(shop.db)).bookmark);
    expect(nothing.restoreBookmark).toBeNull();
  });

  it.each(["early", "late"])(
    "that is cancelled %s before it swaps changes nothing and leaves nothing",
    async (when) => {
      const run = quietRun();
      const before = (await world.engine.current(shop.db)).bookmark;
      const reason = new Error("cancelled by a person");
      if (when === "late") run.goAhead = () => Promise.reject(reason);
      const around = {
        holdWritesMs: null,
        before: async () => (when === "early" ? run.cancel(reason) : undefined),
        after: () => Promise.resolve(),
      };
      await expect(world.engine.restore(shop.db, "cancelled", stateWith(1), run, around)).rejects.toThrow(
        "by a person",
      );
      expect((await world.engine.current(shop.db)).bookmark).toBe(before);
      expect(existsSync(path.join(shop.places.work, "cancelled"))).toBe(false);
    },
  );

  it("changes nothing where the last writes were not received before the server stopped", async () => {
    const { wal } = incarnationFolders(
      shop.places.history,
      readClusterHistory(shop.places.history)?.incarnations.at(-1)?.number ?? 0,
    );
    visitPoints((name) => {
      // The receiver dies, cannot begin anew, and then something is committed.
      if (name === "swap.prepared") {
        process.kill(receiverOf(wal), "SIGKILL");
        renameSync(wal, `${wal}.gone`);
        insertAtOnce(100);
      }
      if (name === "swap.stopped") renameSync(`${wal}.gone`, wal);
    });
    try {
      await expect(restore(stateWith(1))).rejects.toMatchObject({
        message: expect.stringContaining("was not received"),
        details: { outcome: "nothing" },
      });
    } finally {
      visitPoints(null);
    }
    expect(await rowsOf(shop)).toContain(100);
    const { previous } = await restore(stateWith(1));
    rmSync(shop.places.aside, { recursive: true });
    await restore(previous.bookmark);
    expect(await rowsOf(shop)).toContain(100);
    await world.run(shop.db, "DELETE FROM orders WHERE id = 100");
  });

  it("brings a cluster back whose server was killed and whose data directory is gone", async () => {
    await world.run(shop.db, "INSERT INTO orders VALUES (99)");
    const to = (await world.engine.current(shop.db)).bookmark;
    const before = await rowsOf(shop);
    const pid = servingPid(shop.places.live) ?? 0;
    rmSync(shop.places.live, { recursive: true, force: true, maxRetries: 5 });
    process.kill(pid, "SIGKILL");
    await world.until(shop.db, ({ problem }) => problem !== null);
    expect((await world.engine.plan(shop.db, to, null)).to.bookmark).toBe(to);
    const again = await restore(to);
    expect(await rowsOf(shop)).toEqual(before);
    expect(again.previous.bookmark).toBe(to);
  });

  it("keeps at most three of the states that were set aside", () => {
    expect(readdirSync(shop.places.aside).length).toBeLessThanOrEqual(3);
  });
});

describe("a state as a cluster of its own", () => {
  it("has its rows, its own log, and lets in nobody but app; a cutover brings what was written there back", async () => {
    const target = world.newDatabase("preview");
    const to = stateWith(3);
    const copied = await world.engine.copies.copy({ source: shop.db, to, target, restoreId: "copied" }, quietRun());
    if (!copied.connection) throw new Error("a copy says how it is reached");
    world.remember(target, copied.connection);
    expect(await rowsOf({ db: target })).toEqual([1, 2, 3]);
    expect(copied.copy.bookmark).toBe((await world.engine.current(target)).bookmark);
    const superuser = await world.connect(target, "superuser");
    const { rows } = await superuser.query("SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY 1");
    expect(rows).toEqual([{ rolname: "app" }, { rolname: "lastgood" }]);
    await world.run(target, "INSERT INTO orders VALUES (77)");
    const there = await world.engine.current(target);
    const facts = { kind: "cutover" as const, since: null, lastRestoreId: null };
    const plan = await world.engine.copies.planTakeOver(shop.db, target, there.bookmark, facts);
    expect(plan).toMatchObject({ target: "cutover", way: "swap" });
    const from = { source: target, to: there.bookmark };
    const before = await rowsOf(shop);
    const taken = await world.engine.copies.takeOver(shop.db, "cutover", from, quietRun());
    expect(await rowsOf(shop)).toEqual([1, 2, 3, 77]);
    await world.run(shop.db, "INSERT INTO orders VALUES (78)");
    const after = await world.engine.current(shop.db);
    await restore(taken.previous.bookmark);
    expect(await rowsOf(shop)).toEqual(before);
    rmSync(shop.places.aside, { recursive: true });
    await restore(after.bookmark);
    expect(await rowsOf(shop)).toEqual([1, 2, 3, 77, 78]);
  });

  it("is downloaded as a tar whose directory is a whole cluster, stopped in order", async () => {
    const file = path.join(world.data, "state.tar");
    const written = await world.engine.copies.writeOut(shop.db, stateWith(2), file, quietRun());
    expect(written).toMatchObject({ bookmark: stateWith(2) });
    const unpacked = path.join(world.data, "unpacked");
    mkdirSync(unpacked);
    execFileSync("tar", ["-xf", file, "-C", unpacked]);
    const { folder } = requirePrograms(process.env.LASTGOOD_POSTGRES ?? null);
    const said = execFileSync(path.join(folder, "pg_controldata"), ["-D", unpacked], { encoding: "utf8" });
    expect(said).toMatch(/cluster state: +shut down\n/);
    expect(existsSync(path.join(unpacked, "recovery.signal"))).toBe(false);
  });
});
