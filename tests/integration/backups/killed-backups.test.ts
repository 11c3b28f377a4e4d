import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { listBackups } from "../../../lib/services/backups/list-backups.ts";
import { type BackupWorld, openBackupWorld } from "./open-backup-world.ts";

const WORLD = path.resolve(import.meta.dirname, "../../world");
const ARMED = path.resolve(import.meta.dirname, "../../crash/points/kill-at-point.ts");
let world: BackupWorld;
let shop: ProtectedDatabase;
let serial = 0;

beforeAll(async () => {
  world = await openBackupWorld();
  await world.stop();
  shop = await world.host("till");
  await world.sqlite.engine.query(shop, { sql: "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)" });
  const FILL =
    "INSERT INTO t(b) SELECT randomblob(3000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000) SELECT i FROM n)";
  await world.sqlite.engine.query(shop, { sql: FILL });
}, 60_000);
afterAll(() => world.close());

/** Lets an agent of its own begin what waits, until it dies of kill -9 at a point. */
async function killAt(point: string, nth: number): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), "kills-"));
  const input = { capture: world.sqlite.capture.data, db: shop, agentId: world.agentId, holder: `killed-${++serial}` };
  const child = spawn(
    process.execPath,
    [
      "--disable-warning=ExperimentalWarning",
      "--import",
      ARMED,
      path.join(WORLD, "make-backups.ts"),
      JSON.stringify(input),
    ],
    {
      stdio: ["pipe", "inherit", "inherit"],
      env: { ...process.env, CRASH_FOLDER: folder, CRASH_ARMS: JSON.stringify([{ point, nth }]) },
    },
  );
  const [, signal] = await once(child, "exit");
  expect(signal).toBe("SIGKILL");
  expect(readdirSync(folder)).toContain(`${child.pid}.died`);
}

test.each([
  ["object.written", 1],
  ["backup.checked", 1],
  ["object.written", 2],
  ["backup.manifest-there", 1],
])(
  "an agent that is killed at %s, time %i, leaves nothing half to be seen, and the next one completes the same state",
  async (point, nth) => {
    const { id } = await world.create("till");
    await killAt(point, nth);
    const between = await metadata().backup.findUniqueOrThrow({ where: { id } });
    const hasManifest = existsSync(path.join(world.backups, shop.id, id, "manifest.json"));
    // Complete only with its manifest, and with a key only once it is complete.
    expect(between.status === "completed" ? hasManifest : between.key === null).toBe(true);
    const { bookmark } = between;
    await world.sqlite.engine.query(shop, { sql: "INSERT INTO t(b) VALUES ('later')" });
    await world.start();
    const backup = await world.ended(id);
    await world.stop();
    expect(backup).toMatchObject({ status: "completed", error: null, damage: null });
    if (bookmark !== null) expect(backup.bookmark).toBe(bookmark);
    expect(await metadata().event.count({ where: { payload: { contains: id } } })).toBe(1);
    expect(readdirSync(path.join(world.backups, shop.id, id)).sort()).toEqual(["image", "manifest.json"]);
    const { backups } = await listBackups(world.owner, { namespace: "acme", database: "till" });
    expect(backups.filter((one) => one.id === id)).toHaveLength(1);
  },
);
