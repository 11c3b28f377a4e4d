import { randomBytes } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Renewals } from "../../../lib/agent/renewals.ts";
import { SealRounds } from "../../../lib/agent/seal-rounds.ts";
import { StorageKeys } from "../../../lib/agent/storage-keys.ts";
import type { BackupView } from "../../../lib/client/backup-types.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { listSealedBackups } from "../../../lib/services/backups/list-sealed-backups.ts";
import { getStore } from "../../../lib/services/stores/get-store.ts";
import { keepOnDisk, setStore, testStore } from "../../../lib/services/stores/set-store.ts";
import { disk, useDisk } from "../../../lib/storage/disk.ts";
import { S3Storage } from "../../../lib/storage/s3-storage.ts";
import { askLastgood } from "../../world/run-lastgood.ts";
import { type S3Server, startCutProxy, startS3 } from "../../world/s3-server.ts";
import { refusalOf } from "../sqlite/refusal-of.ts";
import { type BackupWorld, openBackupWorld } from "./open-backup-world.ts";

let world: BackupWorld;
let s3: S3Server;
let shop: ProtectedDatabase;
const acme = { namespace: "acme" };

beforeAll(async () => {
  process.env.LASTGOOD_EGRESS_ALLOW = "127.0.0.0/8";
  [world, s3] = await Promise.all([openBackupWorld(), startS3()]);
  shop = await world.host("till");
  await world.sqlite.engine.query(shop, { sql: "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)" });
  const FILL =
    "INSERT INTO t(b) SELECT randomblob(9000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1500) SELECT i FROM n)";
  await world.sqlite.engine.query(shop, { sql: FILL });
}, 60_000);
afterAll(async () => {
  delete process.env.LASTGOOD_EGRESS_ALLOW;
  await world.close();
  await s3.stop();
});

const bucketAt = (endpoint: string, prefix: string) => ({
  endpoint,
  prefix,
  region: "us-east-1",
  bucket: s3.settings.bucket,
  pathStyle: true,
  accessKeyId: s3.settings.accessKeyId,
  secretAccessKey: s3.settings.secretAccessKey,
});
const endpoint = () => s3.settings.endpoint ?? "";

async function keysIn(prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of new S3Storage({ ...s3.settings, prefix }).list("")) keys.push(key);
  return keys.sort();
}

async function made(): Promise<BackupView> {
  return world.ended((await world.create("till")).id);
}

const download = (backup: BackupView) =>
  world.call("GET", "backups/[id]/download", { db: "till", id: backup.key ?? "" });

describe("a bucket", () => {
  test("is tried before it is saved, and what is wrong is said by its field", async () => {
    const right = bucketAt(endpoint(), "tried");
    const refused = async (part: object) =>
      (await refusalOf(setStore(world.owner, { ...acme, ...right, ...part }))).details.field;
    expect(await refused({ bucket: "another-bucket" })).toBe("bucket");
    expect(await refused({ accessKeyId: "nobody" })).toBe("accessKeyId");
    expect(await refused({ endpoint: "http://127.0.0.1:9" })).toBe("endpoint");
    expect(await refused({ endpoint: "http://10.0.0.9:9000" })).toBe("endpoint");
    expect((await getStore(world.owner, acme)).bucket).toBe(null);
    await testStore(world.owner, { ...acme, ...right });
    expect(await keysIn("tried/")).toEqual([]);
    expect(await metadata().backupStore.count()).toBe(0);
  });

  test("takes new backups; those that were made before stay on the disk, and both are read from where they lie", async () => {
    const onDisk = await made();
    await setStore(world.owner, { ...acme, ...bucketAt(endpoint(), "shop") });
    const inBucket = await made();
    expect(inBucket).toMatchObject({ status: "completed", place: { kind: "s3", bucket: s3.settings.bucket } });
    const folder = `${shop.id}/${inBucket.id}`;
    expect(await keysIn("shop/")).toEqual([`${folder}/image`, `${folder}/manifest.json`]);
    for (const backup of [onDisk, inBucket]) {
      expect((await (await download(backup)).arrayBuffer()).byteLength).toBe(backup.rawBytes);
    }
    const view = await getStore(world.owner, acme);
    expect(view).toMatchObject({
      bucket: { bucket: s3.settings.bucket, prefix: "shop/", backups: 1 },
      backupsOnDisk: 1,
    });
    expect(JSON.stringify(view)).not.toContain("secret");
    const [row] = await metadata().backupStore.findMany({ where: { retiredAtMs: null } });
    expect(row?.secretSealed).not.toContain(s3.settings.secretAccessKey);
  });

  test("keeps its secret where only its folder changes, and never gives it to another server", async () => {
    const { secretAccessKey: _, ...same } = bucketAt(endpoint(), "moved");
    expect((await setStore(world.owner, { ...acme, ...same })).bucket?.prefix).toBe("moved/");
    const elsewhere = refusalOf(setStore(world.owner, { ...acme, ...same, endpoint: "https://example.com" }));
    expect(await elsewhere).toMatchObject({ code: "invalid_input", details: { field: "secretAccessKey" } });
  });

  test("whose network breaks off in an upload fails the backup, tells it, and nothing half is to be seen", async () => {
    const proxy = await startCutProxy(endpoint(), 1_000_000);
    // The test object passes, the body does not.
    await setStore(world.owner, { ...acme, ...bucketAt(proxy.endpoint, "cut") });
    const backup = await made();
    expect(proxy.cuts()).toBeGreaterThan(0);
    expect(backup).toMatchObject({ status: "failed", key: null, error: { code: "storage_unavailable" } });
    const event = await metadata().event.findFirstOrThrow({ where: { payload: { contains: backup.id } } });
    expect(event.type).toBe("backup.failed");
    expect(await keysIn("cut/")).toEqual([]);
    expect((await download({ ...backup, key: backup.id })).status).toBe(409);
    proxy.mend();
    expect(await made()).toMatchObject({ status: "completed", error: null });
    await proxy.stop();
    await keepOnDisk(world.owner, acme);
  });
});

test("a full disk fails a backup, says so, and leaves nothing of it", async () => {
  const write = disk.write;
  let written = 0;
  const mend = useDisk({
    write: (fd, bytes, offset, length, at) => {
      written += length;
      if (written > 5_000_000) throw Object.assign(new Error("ENOSPC: no space left"), { code: "ENOSPC" });
      return write(fd, bytes, offset, length, at);
    },
  });
  const backup = await made().finally(mend);
  expect(backup).toMatchObject({ status: "failed", error: { code: "storage_full" } });
  expect(existsSync(path.join(world.backups, shop.id, backup.id))).toBe(false);
  expect(readdirSync(path.join(world.backups, ".unfinished"))).toEqual([]);
});

describe("with a key of the operator", () => {
  const key = () => randomBytes(32).toString("base64");
  const [first, second] = [key(), key()];
  let file = "";
  let backup: BackupView;
  let folder = "";
  beforeAll(async () => {
    file = path.join(world.data, "storage.keys");
    writeFileSync(file, first);
    await world.stop();
    await world.start(file);
    backup = await made();
    folder = path.join(world.backups, shop.id, backup.id);
  });

  test("backups are sealed, read as ever, and nothing of them is legible", async () => {
    expect(backup).toMatchObject({ status: "completed", encrypted: true });
    for (const name of ["image", "manifest.json"]) {
      expect(readFileSync(path.join(folder, name)).toString("latin1", 0, 8)).toBe("LASTGENC");
    }
    expect((await (await download(backup)).arrayBuffer()).byteLength).toBe(backup.rawBytes);
  });

  test("they are unpacked from their folder alone with the key, and not without", async () => {
    const asked = ["restore-offline", "--backup", folder];
    const output = path.join(world.data, "unpacked.db");
    const [refused, unpacked] = await Promise.all([
      askLastgood<{ ok: boolean; error: { code: string } }>(asked),
      askLastgood<object>([...asked, "--keys", file, "--output", output]),
    ]);
    expect(refused).toMatchObject({ ok: false, error: { code: "storage_key_missing" } });
    expect(unpacked).toMatchObject({ ok: true, integrity: ["ok"], manifest: { key: backup.key } });
    expect(readFileSync(output).length).toBe(backup.rawBytes);
  });

  test("another key put first seals every one of them anew, and the former one is needed no more", async () => {
    const image = path.join(folder, "image");
    const before = readFileSync(image);
    const keys = new StorageKeys(file);
    const rounds = new SealRounds({
      directory: world.backups,
      keys,
      sealedBackups: () => listSealedBackups(world.agentId),
      storageOf: async (place) => {
        const stores = world.stores();
        if (!stores) throw new Error("the agent runs");
        return stores.sealedStorageOf(place);
      },
      renewals: new Renewals(),
      log: (await import("pino")).default({ level: "silent" }),
    });
    expect(await rounds.look()).toBe(0);
    writeFileSync(file, `${second}\n${first}`);
    // While one is being made, with the keys of its begin, the former key is not given up.
    const { id } = backup;
    await metadata().backup.update({ where: { id }, data: { status: "running" } });
    expect(await rounds.look()).toBe(0);
    await metadata().backup.update({ where: { id }, data: { status: "completed" } });
    expect(await rounds.look()).toBe(2);
    expect(readFileSync(image).equals(before)).toBe(false);
    writeFileSync(file, second);
    expect(await rounds.look()).toBe(0);
    const bytes = Buffer.from(await (await download(backup)).arrayBuffer());
    expect(bytes.length, bytes.toString("latin1", 0, 400)).toBe(backup.rawBytes);
  });

  test("a key file that cannot be read fails new backups: none is stored unsealed instead", async () => {
    writeFileSync(file, "no key at all");
    expect(await made()).toMatchObject({ status: "failed", error: { code: "storage_key_missing" } });
    writeFileSync(file, second);
  });
});
