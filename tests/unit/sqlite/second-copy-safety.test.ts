import { randomBytes } from "node:crypto";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { crc32 } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { listForCopy } from "../../../lib/engines/sqlite/copy/list-for-copy.ts";
import { HistoryWriter } from "../../../lib/engines/sqlite/history/history-writer.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { eraseHistory } from "../../../lib/engines/sqlite/prune/erase-history.ts";
import { pruneHistory } from "../../../lib/engines/sqlite/prune/prune-history.ts";
import { checkCopy } from "../../../lib/storage/copy/check-copy.ts";
import { type CopyStores, copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { FileChanged } from "../../../lib/storage/copy/local-bytes.ts";
import { listCopies, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { MemoryStorage } from "../../../lib/storage/memory-storage.ts";
import { computeForwards } from "../../world/compute-state.ts";
import { ABOUT, CopyFolders, copyOf, flipped, keysOf, look, ship } from "../../world/copied-history.ts";

const newKey = () => randomBytes(32).toString("base64");
const keys = parseKeyRing(newKey());
const folders = new CopyFolders();
afterEach(() => folders.remove());

describe("the second copy of a file's history", () => {
  it("is sealed anew after the keys were rotated, heads and all, so that the former key can go", async () => {
    const made = folders.made();
    await made.commit(50);
    const raw = new MemoryStorage();
    const [former, current] = [newKey(), newKey()];
    let stores = copyStores(raw, parseKeyRing(former));
    const copy = copyOf(made.directory, () => stores);
    await look(copy, 2);
    stores = copyStores(raw, parseKeyRing(`${current}\n${former}\n`));
    await look(copy, 3);
    const [id = ""] = await listCopies(stores);
    expect((await openCopy(stores, id)).head.sealedWith).toBe(stores.keyId);
    stores = copyStores(raw, parseKeyRing(current));
    for (const key of await keysOf(raw, "heads/")) await expect(stores.open.find(key)).resolves.not.toBeNull();
    await made.commit(1);
    expect(await look(copy, 1)).toMatchObject({ lastError: null, shippedTxid: 52 });
    const known: CopyStores = { ...stores, renew: () => Promise.reject(new Error("nothing is looked at again")) };
    const restarted = copyOf(made.directory, () => known);
    expect(await look(restarted, 2)).toMatchObject({ lastError: null, damagedObjects: 0, shippedTxid: 52 });
    expect((await folders.broughtBack(stores, id)).missing).toEqual([]);
    await made.writer.close();
  });

  it("never gets a head with a hole when pruning goes on while it is listed", async () => {
    const made = folders.made();
    await made.commit(100);
    await made.writer.sealed();
    const stores = copyStores(new MemoryStorage(), keys);
    const writer = await CopyWriter.open(stores, "shop");
    await ship(writer, made.directory);
    const earlier = openHistory(made.directory);
    earlier.base();
    const pruned = openHistory(made.directory);
    pruneHistory(pruned, pruned.byTxid(55)?.timeMs ?? 0, () => undefined);
    pruned.close();
    // What it looks at first is of the moment before.
    earlier.refresh = () => undefined;
    expect(() => listForCopy(earlier)).toThrow(FileChanged);
    earlier.close();
    await ship(writer, made.directory);
    const { directory } = await folders.broughtBack(stores, "shop");
    const history = openHistory(directory);
    expect(history.knownHoles()).toEqual([]);
    expect(computeForwards(history, 101).equals(made.states[101] as Buffer)).toBe(true);
    history.close();
    await made.writer.close();
  });

  it("keeps two pasts apart where a machine that was set back has overtaken what was shipped", async () => {
    const made = folders.made();
    await made.commit(25);
    await made.writer.sealed();
    const earlier = folders.folder();
    cpSync(made.directory, earlier, { recursive: true });
    await made.commit(25);
    const raw = new MemoryStorage();
    const stores = copyStores(raw, keys);
    await look(
      copyOf(made.directory, () => stores),
      1,
    );
    const newest = await goOnOtherwise(earlier, 60);
    const again = copyOf(earlier, () => stores, { setBackAfterMs: 60_000 });
    expect(await look(again, 1)).toMatchObject({
      shippedTxid: null,
      lastError: expect.stringContaining("later commits"),
    });
    await look(
      copyOf(earlier, () => stores, { setBackAfterMs: 0 }),
      2,
    );
    const [first = "", second = ""] = await listCopies(stores);
    for (const [id, txid] of [
      [first, 51],
      [second, newest],
    ] as const) {
      const { directory, missing } = await folders.broughtBack(stores, id);
      const history = openHistory(directory);
      expect([missing, history.knownHoles(), history.newest().txid]).toEqual([[], [], txid]);
      if (id === first) expect(computeForwards(history, 51).equals(made.states[51] as Buffer)).toBe(true);
      else computeForwards(history, txid);
      history.close();
    }
    await made.writer.close();
  });

  it("notices that the list of its files was altered, and writes it anew", async () => {
    const made = folders.made();
    await made.commit(50);
    await made.writer.sealed();
    const raw = new MemoryStorage();
    const stores = copyStores(raw, keys);
    const copy = copyOf(made.directory, () => stores, { checkEveryMs: 0 });
    await look(copy, 2);
    const [id = ""] = await listCopies(stores);
    for (const key of await keysOf(raw, `files/${id}/catalog`)) await raw.put(key, flipped(raw, key));
    await expect(openCopy(stores, id)).rejects.toMatchObject({ code: "storage_damaged" });
    await look(copy, 2);
    expect((await folders.broughtBack(stores, id)).missing).toEqual([]);
    await made.writer.close();
  });

  it.each([42, 47])(
    "keeps nothing of what was erased before commit %i, though nothing is committed since",
    async (txid) => {
      const made = folders.made();
      await made.commit(80);
      await made.writer.sealNow();
      const raw = new MemoryStorage();
      const stores = copyStores(raw, keys);
      const copy = copyOf(made.directory, () => stores);
      await look(copy, 2);
      const [id = ""] = await listCopies(stores);
      const whole = async () => (await openCopy(stores, id)).whole;
      const kept = (name: string) => Number.parseInt(/^segment-([0-9a-f]+)/.exec(name)?.[1] ?? "0", 16) > txid;
      const before = (await whole()).filter(({ path: name }) => !kept(name));
      const gone = before.flatMap(({ pieces }) => pieces.map(({ object }) => `files/${id}/${object}`));
      await eraseHistory(made.directory, txid, () => undefined);
      expect(await look(copy, 2)).toMatchObject({ lastError: null });
      const later = { sampleBytes: 0, nowMs: Date.now() + 2 * 3_600_000 };
      await checkCopy(await CopyWriter.open(stores, id), later);
      const left = new Set(await keysOf(raw));
      expect(gone.filter((key) => left.has(key))).toEqual([]);
      const { directory, missing } = await folders.broughtBack(stores, id);
      expect(missing).toEqual([]);
      const history = openHistory(directory);
      expect(computeForwards(history, 81).equals(made.states[81] as Buffer)).toBe(true);
      history.close();
      await made.writer.close();
    },
  );

  it("of which somebody else wrote a newer head is not cleared of what that one names", async () => {
    const made = folders.made(1000);
    await made.commit(20);
    const raw = new MemoryStorage();
    const stores = copyStores(raw, keys);
    const writer = await CopyWriter.open(stores, "shop");
    await ship(writer, made.directory);
    const stale = await CopyWriter.open(stores, "shop");
    for (let i = 0; i < 5; i++) {
      await made.commit(5);
      await ship(writer, made.directory);
    }
    const before = await keysOf(raw);
    const check = checkCopy(stale, { sampleBytes: 1e9, nowMs: Date.now() + 2 * 3_600_000 });
    await expect(check).rejects.toMatchObject({ code: "conflict" });
    expect(await keysOf(raw)).toEqual(before);
    expect((await folders.broughtBack(stores, "shop")).missing).toEqual([]);
    expect(stale.head?.about).toEqual(ABOUT);
    await made.writer.close();
  });

  it("reads what somebody else wrote, and goes on with it where that is of this history", async () => {
    const made = folders.made(1000);
    await made.commit(20);
    const stores = copyStores(new MemoryStorage(), keys);
    const copy = copyOf(made.directory, () => stores, { checkEveryMs: 0 });
    await look(copy, 1);
    const [id = ""] = await listCopies(stores);
    const other = await CopyWriter.open(stores, id);
    await made.commit(5);
    await ship(other, made.directory);
    expect(await look(copy, 1)).toMatchObject({ lastError: expect.stringContaining("Somebody else") });
    expect(await look(copy, 2)).toMatchObject({ lastError: null, behindSinceMs: null, shippedTxid: 26 });
    expect(await listCopies(stores)).toEqual([id]);
    await made.writer.close();
  });

  it("tells of a check that could not be made until one passes", async () => {
    const made = folders.made();
    await made.commit(5);
    const raw = new MemoryStorage();
    let isRefused = false;
    const list = (prefix: string) => {
      if (isRefused && prefix.startsWith("files/")) throw new LastgoodError("storage_unavailable", "no listing");
      return raw.list(prefix);
    };
    const stores = copyStores(
      {
        list,
        put: (...put) => raw.put(...put),
        get: (...get) => raw.get(...get),
        find: (key) => raw.find(key),
        remove: (key) => raw.remove(key),
      },
      keys,
    );
    const copy = copyOf(made.directory, () => stores, { checkEveryMs: 0 });
    await look(copy, 2);
    isRefused = true;
    await made.commit(5);
    const told = { lastError: "no listing", behindSinceMs: expect.any(Number), shippedTxid: 11 };
    for (let i = 0; i < 3; i++) expect(await look(copy, 1)).toMatchObject(told);
    isRefused = false;
    expect(await look(copy, 1)).toMatchObject({ lastError: null, behindSinceMs: null });
    await made.writer.close();
  });

  it("tells of a file that is not what was shipped for as long as it is not", async () => {
    const made = folders.made();
    await made.commit(50);
    await made.writer.sealed();
    const stores = copyStores(new MemoryStorage(), keys);
    await look(
      copyOf(made.directory, () => stores),
      1,
    );
    const file = path.join(made.directory, "segment-0000000000000001.sealed");
    const sound = readFileSync(file);
    const damaged = Buffer.from(sound);
    damaged.writeUInt8(damaged.readUInt8(200) ^ 1, 200);
    writeFileSync(file, damaged);
    const copy = copyOf(made.directory, () => stores);
    for (let i = 0; i < 3; i++) {
      expect(await look(copy, 1)).toMatchObject({ lastError: expect.stringContaining("is not what was shipped") });
    }
    writeFileSync(file, sound);
    await made.commit(1);
    expect(await look(copy, 1)).toMatchObject({ lastError: null });
    await made.writer.close();
  });
});

/** Commits what the history that was copied from never had; answers the newest commit. */
async function goOnOtherwise(directory: string, commits: number): Promise<number> {
  const pageSize = 512;
  const history = openHistory(path.resolve(directory));
  let state = computeForwards(history, history.newest().txid);
  history.close();
  const writer = HistoryWriter.open(directory, { bytes: 1e9, commits: 20 });
  for (let i = 0; i < commits; i++) {
    const after = Buffer.from(state);
    after.writeInt32LE(777_000 + i, 0);
    const [old, fresh] = [state.subarray(0, pageSize), after.subarray(0, pageSize)];
    writer.beginCommit();
    writer.addPage(1, crc32(old), crc32(fresh), wordsOf(old), 0, wordsOf(fresh), 0);
    const timeMs = writer.newest.timeMs + 10;
    const position = { salt1: 1, salt2: 2, frame: timeMs, sum1: 3, sum2: 4 };
    writer.endCommit({
      timeMs,
      rawTimeMs: timeMs,
      flags: 0,
      gapFromMs: null,
      sizeAfter: state.length / pageSize,
      position,
    });
    await writer.flush();
    state = after;
  }
  await writer.sealed();
  const { txid } = writer.newest;
  await writer.close();
  return txid;
}

const wordsOf = (bytes: Buffer) => Int32Array.from({ length: bytes.length / 4 }, (_, i) => bytes.readInt32LE(i * 4));
