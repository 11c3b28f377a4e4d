import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { zstdDecompressSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { BackupsView, BackupView } from "../../../lib/client/backup-types.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { queueBackupPurges } from "../../../lib/services/backups/purge-backup.ts";
import { quietRun } from "../../world/sqlite-world.ts";
import { type BackupWorld, openBackupWorld } from "./open-backup-world.ts";

let world: BackupWorld;
let shop: ProtectedDatabase;
/** One that stays as it is; `spoilt` is damaged and mended. */
let first: BackupView;
let spoilt: BackupView;
beforeAll(async () => {
  world = await openBackupWorld();
  shop = await world.host("till");
  await world.sqlite.engine.query(shop, { sql: "CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)" });
  await fill(2000);
  first = await made("told");
  spoilt = await made();
}, 60_000);
afterAll(() => world.close());

const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const FILL =
  "INSERT INTO t(b) SELECT randomblob(3000) FROM (WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1) SELECT i FROM n)";

async function fill(rows: number): Promise<void> {
  await world.sqlite.engine.query(shop, { sql: FILL, params: [rows] });
}

async function made(label?: string): Promise<BackupView> {
  const backup = await world.ended((await world.create("till", label)).id);
  expect(backup.error).toBe(null);
  return backup;
}

/** What the history says the database was at a bookmark. */
async function stateAt(bookmark: string | null): Promise<Buffer> {
  const file = path.join(world.data, `state-${sha256(Buffer.from(`${bookmark}${Math.random()}`)).slice(0, 8)}.db`);
  await world.sqlite.engine.copies.writeOut(shop, bookmark as Bookmark, file, quietRun());
  return readFileSync(file);
}

function folderOf({ id, databaseId }: BackupView): string {
  return path.join(world.backups, databaseId, id);
}

async function download(backup: BackupView, headers: Record<string, string> = {}): Promise<Response> {
  return world.call("GET", "backups/[id]/download", { db: "till", id: backup.key ?? "" }, headers);
}

test("a labelled backup gets its key when it is complete, and holds the newest state to the byte", async () => {
  const queued = await world.create("till", "Before the Migration!");
  expect(queued).toMatchObject({ key: null, label: "Before the Migration!", kind: "physical" });
  const backup = await world.ended(queued.id);
  expect(backup).toMatchObject({ status: "completed", error: null, damage: null, place: { kind: "disk" } });
  expect(backup.key).toMatch(/^\d{8}T\d{6}Z-[0-9a-f]{12}-before-the-migration$/);
  const state = await stateAt(backup.bookmark);
  expect(backup).toMatchObject({ rawBytes: state.length, sha256: sha256(state), fileName: "image" });
  const answer = await download(backup);
  expect(answer.headers.get("content-disposition")).toBe(`attachment; filename="till-${backup.key}.db"`);
  const bytes = Buffer.from(await answer.arrayBuffer());
  expect(bytes.equals(state)).toBe(true);
  const file = path.join(world.data, "downloaded.db");
  writeFileSync(file, bytes);
  const database = new DatabaseSync(file);
  expect(database.prepare("SELECT count(*) AS n FROM t").get()).toEqual({ n: 2000 });
  database.close();
});

test("what is stored is plain zstd beside a manifest that says everything, and nothing else is there", async () => {
  const backup = first;
  const folder = folderOf(backup);
  expect(readdirSync(folder).sort()).toEqual(["image", "manifest.json"]);
  const manifest = JSON.parse(readFileSync(path.join(folder, "manifest.json"), "utf8"));
  const stored = readFileSync(path.join(folder, "image"));
  expect(manifest).toMatchObject({
    version: 1,
    backupId: backup.id,
    key: backup.key,
    databaseId: shop.id,
    databaseName: "till",
    format: "sqlite-image",
    bookmark: backup.bookmark,
    pageSizeBytes: 4096,
    body: { name: "image", sizeBytes: stored.length, rawBytes: backup.rawBytes, storedSha256: sha256(stored) },
  });
  expect(statSync(folder).mode & 0o077).toBe(0);
  let at = 0;
  const raw = sizesOf(manifest).map((size) => {
    at += size;
    return zstdDecompressSync(stored.subarray(at - size, at));
  });
  expect(raw.length).toBeGreaterThan(1);
  expect(sha256(Buffer.concat(raw))).toBe(backup.sha256);
});

test("its end is told to webhooks and the audit log in one", async () => {
  const backup = first;
  const event = await metadata().event.findFirstOrThrow({ where: { payload: { contains: backup.id } } });
  expect(JSON.parse(event.payload)).toMatchObject({
    type: "backup.completed",
    data: { backup: { id: backup.id, key: backup.key, label: "told", status: "completed" }, database: { id: shop.id } },
  });
  const trail = (await world.auditTrail()).filter(({ targetId }) => targetId === backup.id);
  expect(trail.map(({ action, outcome }) => `${action} ${outcome}`)).toEqual([
    "backup.create done",
    "backup.completed done",
  ]);
});

test("a database with nothing in it yet has a backup that holds it", async () => {
  await world.host("empty");
  const backup = await world.ended((await world.create("empty")).id);
  expect(backup).toMatchObject({ status: "completed", error: null });
  expect(backup.rawBytes).toBeGreaterThanOrEqual(4096);
});

test("what is written while a backup is being made is not in it", async () => {
  const { id } = await world.create("till");
  for (let i = 0; i < 40; i++)
    await world.sqlite.engine.query(shop, {
      sql: "UPDATE t SET b = randomblob(3000) WHERE a % 7 = ?1",
      params: [i % 7],
    });
  const backup = await world.ended(id);
  expect(backup.error).toBe(null);
  expect(backup.sha256).toBe(sha256(await stateAt(backup.bookmark)));
  expect((await world.sqlite.engine.current(shop)).bookmark).not.toBe(backup.bookmark);
});

describe("a download", () => {
  test("goes on where it broke off, in parts that are the same bytes", async () => {
    const backup = first;
    const state = await stateAt(backup.bookmark);
    const etag = `"${backup.sha256}"`;
    const middle = 4 * 1024 * 1024 - 1000;
    const parts = [
      await download(backup, { range: `bytes=0-${middle - 1}` }),
      await download(backup, { range: `bytes=${middle}-`, "if-range": etag }),
    ];
    expect(parts.map(({ status }) => status)).toEqual([206, 206]);
    expect(parts[1]?.headers.get("content-range")).toBe(`bytes ${middle}-${state.length - 1}/${state.length}`);
    const bytes = await Promise.all(parts.map(async (part) => Buffer.from(await part.arrayBuffer())));
    expect(Buffer.concat(bytes).equals(state)).toBe(true);
    const few = await download(backup, { range: "bytes=100-103" });
    expect(Buffer.from(await few.arrayBuffer()).equals(state.subarray(100, 104))).toBe(true);
    expect((await download(backup, { "if-none-match": etag })).status).toBe(304);
    expect((await download(backup, { range: `bytes=${state.length}-` })).status).toBe(416);
  });

  test("is measured by HEAD without a byte being fetched", async () => {
    const backup = first;
    const answer = await world.call("HEAD", "backups/[id]/download", { db: "till", id: backup.id });
    expect(answer.headers.get("content-length")).toBe(String(backup.rawBytes));
    expect(answer.headers.get("etag")).toBe(`"${backup.sha256}"`);
    expect(await answer.text()).toBe("");
  });
});

describe("damage", () => {
  let file = "";
  let whole: Buffer;
  beforeAll(() => {
    file = path.join(folderOf(spoilt), "image");
    whole = readFileSync(file);
  });
  async function verified() {
    const asked = await world.call("POST", "backups/[id]/verify", { db: "till", id: spoilt.id });
    expect(asked.status).toBe(202);
    return world.jobEnded(((await asked.json()) as { jobId: string }).jobId);
  }

  test.each([
    ["a changed byte", () => flipped(whole)],
    ["a cut end", () => whole.subarray(0, -1000)],
    ["a byte too many", () => Buffer.concat([whole, Buffer.of(1)])],
  ])(
    "by %s never passes for a whole download, is found by verifying, and the backup is refused then",
    async (_, damage) => {
      writeFileSync(file, damage());
      const answer = await download(spoilt);
      const ends =
        answer.status === 500
          ? "refused"
          : await answer.arrayBuffer().then(
              () => "whole",
              () => "broken off",
            );
      expect(ends).not.toBe("whole");
      expect(await verified()).toMatchObject({ status: "failed", errorCode: "storage_damaged" });
      expect((await world.ended(spoilt.id)).damage).toMatch(/damaged/);
      const refused = await download(spoilt);
      expect(refused.status).toBe(500);
      expect(await refused.json()).toMatchObject({ code: "storage_damaged" });
      // What is whole again counts again.
      writeFileSync(file, whole);
      expect(await verified()).toMatchObject({ status: "completed" });
      expect(await world.ended(spoilt.id)).toMatchObject({ damage: null, status: "completed" });
    },
  );

  test("of the manifest is damage of the backup", async () => {
    const manifest = path.join(folderOf(spoilt), "manifest.json");
    const text = readFileSync(manifest, "utf8");
    writeFileSync(manifest, text.replace('"version":1', '"version":9'));
    expect(await verified()).toMatchObject({ status: "failed", errorCode: "storage_damaged" });
    writeFileSync(manifest, text);
    expect(await verified()).toMatchObject({ status: "completed" });
  });
});

test("the same call under one Idempotency-Key is one backup, and another call under it is refused", async () => {
  const post = (label: string) =>
    world.call("POST", "backups", { db: "till" }, { "idempotency-key": "nightly-7" }, { label });
  const [once, again] = [await post("a"), await post("a")];
  const { id } = (await once.json()) as BackupView;
  expect(((await again.json()) as BackupView).id).toBe(id);
  expect((await post("b")).status).toBe(422);
  expect(once.headers.get("location")).toBe(`/api/namespaces/acme/databases/till/backups/${id}`);
  await world.ended(id);
});

test("what was deleted can be brought back until its grace period is over, then its bytes go and its row stays", async () => {
  const backup = await made();
  const of = { db: "till", id: backup.key ?? "" };
  const deleted = (await (await world.call("DELETE", "backups/[id]", of)).json()) as BackupView;
  expect(deleted.deleted?.purgeAfterMs).toBeGreaterThan(Date.now() + 6 * 86_400_000);
  expect((await download(backup)).status).toBe(409);
  expect(await queueBackupPurges(world.agentId, 20)).toBe(0);
  expect((await world.call("POST", "backups/[id]/undelete", of)).status).toBe(200);
  expect((await download(backup)).status).toBe(200);
  await world.call("DELETE", "backups/[id]", of);
  await metadata().backup.update({ where: { id: backup.id }, data: { purgeAfterMs: 1n } });
  expect(await queueBackupPurges(world.agentId, 20)).toBe(1);
  const job = await metadata().job.findFirstOrThrow({ where: { kind: "backup.purge" } });
  expect(await world.jobEnded(job.id)).toMatchObject({ status: "completed" });
  expect(readdirSync(folderOf(backup))).toEqual([]);
  expect((await world.call("GET", "backups/[id]", of)).status).toBe(404);
  expect((await world.call("POST", "backups/[id]/undelete", of)).status).toBe(404);
});

test("a pinned backup is not deleted", async () => {
  const backup = first;
  await metadata().restorePoint.create({
    data: {
      id: crypto.randomUUID(),
      databaseId: shop.id,
      label: "keep me",
      kind: "backup",
      backupKey: backup.key,
      createdAtMs: 1n,
    },
  });
  const refused = await world.call("DELETE", "backups/[id]", { db: "till", id: backup.id });
  expect(refused.status).toBe(409);
  expect(await refused.json()).toMatchObject({ detail: expect.stringContaining("keep me") });
  expect((await world.ended(backup.id)).pins).toEqual([{ id: expect.any(String), label: "keep me" }]);
});

test("the list pages on from the newest to the oldest without one missing or twice", async () => {
  const ids: string[] = [];
  for (let after: string | null = ""; after !== null; ) {
    const query: string = after === "" ? "?limit=2" : `?limit=2&after=${after}`;
    const page = (await (
      await world.call("GET", "backups", { db: "till" }, {}, undefined, query)
    ).json()) as BackupsView;
    expect(page.backups.length).toBeLessThanOrEqual(2);
    ids.push(...page.backups.map(({ id }) => id));
    after = page.next;
  }
  const rows = await metadata().backup.findMany({
    where: { databaseId: shop.id, purgedAtMs: null },
    orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
  });
  expect(ids).toEqual(rows.map(({ id }) => id));
});

const sizesOf = (manifest: { body: { frames: number[] } }) => manifest.body.frames;

function flipped(bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  const at = changed.length >> 1;
  changed[at] = (changed[at] ?? 0) ^ 1;
  return changed;
}
