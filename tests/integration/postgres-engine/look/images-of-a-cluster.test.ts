import { execFileSync } from "node:child_process";
import { createHash, randomUUID } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ProtectedDatabase, StoredImage } from "../../../../lib/engines/engine.ts";
import { ClusterWorld } from "../../../world/cluster-world.ts";
import { quietRun } from "../../../world/sqlite-world.ts";

let world: ClusterWorld;
let db: ProtectedDatabase;
let image: StoredImage;
let format: string;

beforeAll(async () => {
  world = await ClusterWorld.start();
  ({ db } = await world.host());
  await world.run(
    db,
    "CREATE TABLE t (id int PRIMARY KEY, v text); INSERT INTO t SELECT i, 'v' || i FROM generate_series(1, 1000) i",
  );
  const { bookmark, timeMs } = await world.engine.current(db);
  await world.run(db, "DELETE FROM t WHERE id > 10");
  const stream = await world.engine.images.read(db, bookmark, quietRun());
  const parts: Uint8Array[] = [];
  for await (const part of stream.body) parts.push(part);
  const bytes = Buffer.concat(parts);
  expect(stream).toMatchObject({ bookmark, timeMs, sizeBytes: bytes.length });
  format = stream.format;
  const file = path.join(world.paths.temporary, "image.tar");
  writeFileSync(file, bytes);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  const described = world.engine.images.describe(format, bytes.subarray(0, 1024), bytes.length);
  image = { backupId: randomUUID(), bookmark, timeMs, sha256, file, ...described };
}, 120_000);

afterAll(async () => {
  await world?.close();
}, 60_000);

describe("a physical backup of a cluster", () => {
  test("is whole, or refused", async () => {
    expect(format).toMatch(/^postgres-\d\d-tar$/);
    expect(await world.engine.images.check(format, image.file)).toMatchObject({ pageSizeBytes: 8192 });
    const cut = path.join(world.paths.temporary, "cut.tar");
    writeFileSync(cut, readFileSync(image.file));
    truncateSync(cut, 5 * 1024 * 1024);
    await expect(world.engine.images.check(format, cut)).rejects.toMatchObject({ code: "storage_damaged" });
    writeFileSync(cut, Buffer.alloc(4096));
    await expect(world.engine.images.check(format, cut)).rejects.toMatchObject({ code: "storage_damaged" });
  });

  test("with a link to a place outside of itself is refused, before anything is started on it", async () => {
    const forged = path.join(world.paths.temporary, "forged");
    mkdirSync(forged);
    execFileSync("tar", ["-C", forged, "-xf", image.file]);
    symlinkSync("/tmp", path.join(forged, "pg_tblspc", "16999"));
    const file = path.join(world.paths.temporary, "forged.tar");
    execFileSync("tar", ["-C", forged, "-cf", file, "."]);
    const target = world.newDatabase("forged");
    const order = { image: { ...image, file }, target, restoreId: randomUUID() };
    await expect(world.engine.images.copyImage(order, quietRun())).rejects.toMatchObject({
      code: "storage_damaged",
      message: expect.stringContaining("links"),
    });
  });

  test("becomes a cluster of its own, with a connection of its own", async () => {
    const target = world.newDatabase("copy");
    const plan = await world.engine.images.planImage(db, image, { kind: "new_database", lastRestoreId: null });
    expect(plan).toMatchObject({ way: "copy", to: { bookmark: image.bookmark }, commits: 1 });
    const copied = await world.engine.images.copyImage({ image, target, restoreId: randomUUID() }, quietRun());
    if (!copied.connection) throw new Error("a cluster without a connection");
    world.remember(target, copied.connection);
    expect(await world.run(target, "SELECT count(*)::int AS n FROM t")).toEqual([{ n: 1000 }]);
    expect(await world.run(db, "SELECT count(*)::int AS n FROM t")).toEqual([{ n: 10 }]);
    expect((await world.engine.current(target)).bookmark).not.toBe(image.bookmark);
  });

  test("takes the place of what serves, under the same connection, and that can be undone", async () => {
    const restoreId = randomUUID();
    const fetch = () => Promise.resolve(image);
    const source = { bookmark: image.bookmark, timeMs: image.timeMs, fetch };
    const restored = await world.engine.images.takeOverImage(db, restoreId, source, quietRun());
    expect(restored.reached.bookmark).toBe(image.bookmark);
    expect(await world.run(db, "SELECT count(*)::int AS n FROM t")).toEqual([{ n: 1000 }]);
    await world.engine.restore(db, randomUUID(), restored.previous.bookmark, quietRun());
    expect(await world.run(db, "SELECT count(*)::int AS n FROM t")).toEqual([{ n: 10 }]);
  });
});
