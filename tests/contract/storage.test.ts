import { createHash, randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { EncryptedStorage } from "../../lib/storage/encrypted-storage.ts";
import { FileStorage } from "../../lib/storage/file-storage.ts";
import { parseKeyRing } from "../../lib/storage/key-ring.ts";
import { MemoryStorage } from "../../lib/storage/memory-storage.ts";
import { S3Storage } from "../../lib/storage/s3-storage.ts";
import { readBody, type Storage } from "../../lib/storage/storage.ts";
import { type S3Server, startCutProxy, startS3 } from "../world/s3-server.ts";

let s3: S3Server;
let folder: string;
let serial = 0;
beforeAll(async () => {
  s3 = await startS3();
  folder = mkdtempSync(path.join(tmpdir(), "storage-"));
}, 60_000);
afterAll(async () => {
  await s3.stop();
  rmSync(folder, { recursive: true, force: true });
});

const newKey = () => randomBytes(32).toString("base64");
const ring = (...keys: string[]) => parseKeyRing(keys.join("\n"));
const newFileStorage = () => new FileStorage(path.join(folder, `store-${serial++}`));
const newS3Storage = () => new S3Storage({ ...s3.settings, prefix: `store-${serial++}/` });

const STORES: Record<string, () => Storage> = {
  memory: () => new MemoryStorage(),
  files: newFileStorage,
  S3: newS3Storage,
  "memory, sealed": () => new EncryptedStorage(new MemoryStorage(), ring(newKey())),
  "files, sealed": () => new EncryptedStorage(newFileStorage(), ring(newKey())),
  "S3, sealed": () => new EncryptedStorage(newS3Storage(), ring(newKey())),
};

async function* pieces(bytes: Buffer, size = 10_000): AsyncIterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

/** Gives some bytes and then fails. */
async function* breaking(bytes: number): AsyncIterable<Uint8Array> {
  yield* pieces(randomBytes(bytes));
  throw new Error("the source broke off");
}

async function read(storage: Storage, key: string, range?: { start: number; length: number }): Promise<Buffer | null> {
  const stored = await storage.get(key, range);
  return stored && readBody(stored.body);
}

async function keysOf(storage: Storage, prefix = ""): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of storage.list(prefix)) keys.push(key);
  return keys.sort();
}

describe.each(Object.entries(STORES))("objects in a store: %s", (kind, open) => {
  let storage: Storage;
  beforeEach(() => {
    storage = open();
  });

  test.each([0, 1, 65_535, 65_536, 65_537, 200_000])(
    "of %i bytes come back as they were, with their size",
    async (size) => {
      const bytes = randomBytes(size);
      expect(await storage.put("a/b.bin", pieces(bytes))).toEqual({ sizeBytes: size });
      const stored = await storage.get("a/b.bin");
      expect(stored?.sizeBytes).toBe(size);
      expect((await readBody(stored?.body ?? pieces(Buffer.from("none")))).equals(bytes)).toBe(true);
      const found = await storage.find("a/b.bin");
      expect(found).toMatchObject({ key: "a/b.bin", sizeBytes: size });
      expect(Math.abs((found?.modifiedMs ?? 0) - Date.now())).toBeLessThan(60_000);
    },
  );

  test("larger than one part come back as they were", async () => {
    const bytes = randomBytes(17 * 1024 * 1024 + 3);
    await storage.put("large", pieces(bytes, 1_000_000));
    const hash = createHash("sha256");
    for await (const piece of (await storage.get("large"))?.body ?? []) hash.update(piece);
    expect(hash.digest("hex")).toBe(createHash("sha256").update(bytes).digest("hex"));
  });

  test("are read in parts", async () => {
    const bytes = randomBytes(200_000);
    await storage.put("parts", pieces(bytes));
    for (const [start, length] of [
      [0, 1],
      [0, 65_536],
      [65_535, 2],
      [131_072, 68_928],
      [199_999, 1],
      [70_000, 0],
      [0, 200_000],
    ] as const) {
      const stored = await storage.get("parts", { start, length });
      expect(stored?.sizeBytes).toBe(200_000);
      expect((await read(storage, "parts", { start, length }))?.equals(bytes.subarray(start, start + length))).toBe(
        true,
      );
    }
  });

  test("that are not there are null, and removing them is no error", async () => {
    expect(await storage.get("no/such")).toBeNull();
    expect(await storage.find("no/such")).toBeNull();
    expect(await keysOf(storage)).toEqual([]);
    await storage.remove("no/such");
  });

  test("are replaced as a whole and removed", async () => {
    await storage.put("one", pieces(randomBytes(100_000)));
    await storage.put("one", pieces(Buffer.from("second")));
    expect((await read(storage, "one"))?.toString()).toBe("second");
    await storage.remove("one");
    expect(await storage.find("one")).toBeNull();
    expect(await keysOf(storage)).toEqual([]);
  });

  test("are listed by prefix", async () => {
    const keys = ["a-b", "a.b", "a/b", "a/c/d", "a0", "b/a", "b/b/c", "c"];
    for (const key of [...keys].reverse()) await storage.put(key, pieces(Buffer.from(key)));
    expect(await keysOf(storage)).toEqual([...keys].sort());
    expect(await keysOf(storage, "a/")).toEqual(["a/b", "a/c/d"]);
    expect(await keysOf(storage, "b/b")).toEqual(["b/b/c"]);
    expect(await keysOf(storage, "none")).toEqual([]);
  });

  test("are listed, however many they are", async () => {
    // The server that tests start by themselves cannot give a second page.
    const length = process.env.LASTGOOD_TEST_S3_ENDPOINT || !kind.startsWith("S3") ? 1_050 : 1_000;
    const keys = Array.from({ length }, (_, i) => `many/${String(i).padStart(4, "0")}`);
    const left = [...keys];
    const putAll = async () => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) await storage.put(key, pieces(Buffer.from("x")));
    };
    await Promise.all(Array.from({ length: 8 }, putAll));
    expect(await keysOf(storage, "many/")).toEqual(keys);
  });

  test("whose source breaks off are absent, and what was there before stays", async () => {
    await expect(storage.put("half", breaking(100_000))).rejects.toThrow("the source broke off");
    expect(await storage.find("half")).toBeNull();
    await storage.put("half", pieces(Buffer.from("before")));
    await expect(storage.put("half", breaking(9_000_000))).rejects.toThrow("the source broke off");
    expect((await read(storage, "half"))?.toString()).toBe("before");
    expect(await keysOf(storage)).toEqual(["half"]);
  });

  test("whose storing is cancelled are absent", async () => {
    const cancel = new AbortController();
    async function* endless(): AsyncIterable<Uint8Array> {
      for (let i = 0; ; i++) {
        if (i === 40) cancel.abort(new Error("cancelled by hand"));
        if (i === 400) throw new Error("nobody noticed the cancellation");
        yield randomBytes(300_000);
      }
    }
    await expect(storage.put("cancelled", endless(), cancel.signal)).rejects.toThrow("cancelled by hand");
    expect(await storage.find("cancelled")).toBeNull();
  });

  test.each(["", "../up", "a/../b", "/a", "a//b", "a/", ".hidden", "a/.b", "a\\b", "a\0b", "ü", "a".repeat(600)])(
    "have no key like %j",
    async (key) => {
      await expect(storage.put(key, pieces(Buffer.from("x")))).rejects.toMatchObject({ code: "invalid_input" });
      await expect(storage.get(key)).rejects.toMatchObject({ code: "invalid_input" });
      await expect(storage.find(key)).rejects.toMatchObject({ code: "invalid_input" });
      await expect(storage.remove(key)).rejects.toMatchObject({ code: "invalid_input" });
    },
  );
});

describe("a network that breaks off in an upload", () => {
  test.each([2_000, 3_000_000, 14_000_000])(
    "after %i bytes leaves nothing half visible, and a repeat stores all",
    async (bytes) => {
      const proxy = await startCutProxy(s3.settings.endpoint ?? "", bytes);
      const prefix = `cut-${serial++}/`;
      const cut = new S3Storage({ ...s3.settings, prefix, endpoint: proxy.endpoint });
      const direct = new S3Storage({ ...s3.settings, prefix });
      const body = randomBytes(20 * 1024 * 1024);
      try {
        await expect(cut.put("object", pieces(body, 500_000))).rejects.toMatchObject({ code: "storage_unavailable" });
        expect(proxy.cuts()).toBeGreaterThan(0);
        expect(await direct.find("object")).toBeNull();
        expect(await keysOf(direct)).toEqual([]);
        proxy.mend();
        await cut.put("object", pieces(body, 500_000));
        expect((await read(direct, "object"))?.equals(body)).toBe(true);
      } finally {
        cut.close();
        direct.close();
        await proxy.stop();
      }
    },
  );

  test("a bucket that is not there is told, and is no empty store", async () => {
    const wrong = new S3Storage({ ...s3.settings, bucket: "no-such-bucket" });
    await expect(wrong.get("a")).rejects.toMatchObject({ code: "storage_unavailable" });
    await expect(keysOf(wrong)).rejects.toMatchObject({ code: "storage_unavailable" });
  });
});

describe("files of a store", () => {
  test("that an interrupted upload has left are no objects, and are removed once they are old", async () => {
    const root = path.join(folder, `store-${serial++}`);
    const storage = new FileStorage(root);
    await storage.put("kept", pieces(Buffer.from("kept")));
    const left = path.join(root, ".unfinished", "left-behind");
    writeFileSync(left, "half");
    expect(await keysOf(storage)).toEqual(["kept"]);
    storage.removeUnfinished(3_600_000);
    expect(existsSync(left)).toBe(true);
    storage.removeUnfinished(-1);
    expect(existsSync(left)).toBe(false);
    expect(readdirSync(root).sort()).toEqual([".unfinished", "kept"]);
  });
});

describe("sealed objects", () => {
  const [first, second] = [newKey(), newKey()];
  let root: string;
  const fileOf = (key: string) => path.join(root, key);
  beforeEach(() => {
    root = path.join(folder, `store-${serial++}`);
  });

  test("tell nothing of their contents, and the same contents twice are not the same bytes", async () => {
    const storage = new EncryptedStorage(new FileStorage(root), ring(first));
    const secret = Buffer.from("canary ".repeat(2_000));
    await storage.put("a", pieces(secret));
    await storage.put("b", pieces(secret));
    const [a, b] = [readFileSync(fileOf("a")), readFileSync(fileOf("b"))];
    expect(a.includes("canary")).toBe(false);
    expect(a.subarray(80).equals(b.subarray(80))).toBe(false);
  });

  test("are refused when any bit is not what was sealed, when they are cut off, or lie under another key", async () => {
    const storage = new EncryptedStorage(new FileStorage(root), ring(first));
    await storage.put("a", pieces(randomBytes(150_000)));
    const whole = readFileSync(fileOf("a"));
    for (let i = 0; i < 200; i++) {
      const at = i < 80 ? i : 80 + Math.floor(Math.random() * (whole.length - 80));
      const damaged = Buffer.from(whole);
      damaged[at] = (damaged[at] ?? 0) ^ (1 << (i % 8));
      writeFileSync(fileOf("a"), damaged);
      await expect(read(storage, "a"), `byte ${at}`).rejects.toMatchObject({
        code: expect.stringMatching(/^storage_/),
      });
    }
    for (const length of [0, 79, 80, 95, 96, 100, 65_632, 131_184, whole.length - 1]) {
      writeFileSync(fileOf("a"), whole.subarray(0, length));
      await expect(read(storage, "a"), `${length} bytes`).rejects.toMatchObject({
        code: expect.stringMatching(/^storage_/),
      });
    }
    writeFileSync(fileOf("a"), whole);
    writeFileSync(fileOf("other"), whole);
    expect(await read(storage, "a")).toHaveLength(150_000);
    await expect(read(storage, "other")).rejects.toMatchObject({ code: "storage_damaged" });
  });

  test("are refused when chunks are exchanged, dropped or doubled", async () => {
    const storage = new EncryptedStorage(new FileStorage(root), ring(first));
    await storage.put("a", pieces(randomBytes(4 * 65_536)));
    const whole = readFileSync(fileOf("a"));
    const header = whole.subarray(0, 80);
    const chunks = [0, 1, 2, 3].map((i) => whole.subarray(80 + i * 65_552, 80 + (i + 1) * 65_552));
    for (const order of [[1, 0, 2, 3], [0, 2, 3], [0, 1, 2], [0, 1, 1, 2, 3], [0, 1, 2, 3, 3], [3]]) {
      writeFileSync(fileOf("a"), Buffer.concat([header, ...order.map((i) => chunks[i] ?? Buffer.alloc(0))]));
      await expect(read(storage, "a"), order.join()).rejects.toMatchObject({ code: "storage_damaged" });
    }
  });

  test("are opened with a former key, and sealed anew with the current one", async () => {
    const inner = new FileStorage(root);
    const bytes = randomBytes(100_000);
    await new EncryptedStorage(inner, ring(first)).put("a", pieces(bytes));
    const rotated = new EncryptedStorage(inner, ring(second, first));
    expect((await read(rotated, "a"))?.equals(bytes)).toBe(true);
    const only = new EncryptedStorage(inner, ring(second));
    await expect(read(only, "a")).rejects.toMatchObject({ code: "storage_key_missing" });
    expect(await rotated.renew("a")).toBe(true);
    expect(await rotated.renew("a")).toBe(false);
    expect((await read(only, "a"))?.equals(bytes)).toBe(true);
  });

  test("no file of keys that is no such file is taken", () => {
    for (const text of ["", "# nothing", "short", Buffer.alloc(31).toString("base64"), `${newKey()}\nnonsense`]) {
      expect(() => parseKeyRing(text)).toThrow(/key/);
    }
    expect(ring(`# current\n${first}`, "", second).find(ring(second).current.id)).not.toBeNull();
  });
});
