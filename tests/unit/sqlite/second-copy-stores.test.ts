import { randomBytes } from "node:crypto";
import { afterEach, describe, expect, it, vi } from "vitest";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { listCopies, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { inOne } from "../../../lib/storage/copy/whole-bytes.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { MemoryStorage } from "../../../lib/storage/memory-storage.ts";
import { readBody, type Storage } from "../../../lib/storage/storage.ts";
import { computeForwards } from "../../world/compute-state.ts";
import { CopyFolders, copyOf, keysOf, look, ship } from "../../world/copied-history.ts";

const keys = parseKeyRing(randomBytes(32).toString("base64"));
const folders = new CopyFolders();
afterEach(() => folders.remove());

describe("a store that", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it("was emptied by somebody is filled again from here", async () => {
    const made = folders.made();
    await made.commit(50);
    await made.writer.sealed();
    const raw = new MemoryStorage();
    const stores = copyStores(raw, keys);
    const copy = copyOf(made.directory, () => stores, { checkEveryMs: 0 });
    await look(copy, 2);
    for (const key of await keysOf(raw)) await raw.remove(key);
    expect(await look(copy, 3)).toMatchObject({ lastError: null, damagedObjects: 0, shippedTxid: 51 });
    const [id = ""] = await listCopies(stores);
    const { directory, missing } = await folders.broughtBack(stores, id);
    const history = openHistory(directory);
    expect([missing, history.newest().txid]).toEqual([[], 51]);
    history.close();
    await made.writer.close();
  });

  it("keeps what was locked once an hour gives a database back whole that is written to all the time", async () => {
    const made = folders.made();
    const raw = new MemoryStorage();
    const locked = new Map<string, Buffer>();
    const lock = async (key: string) => {
      const stored = await raw.get(key);
      if (stored) locked.set(key, await readBody(stored.body));
    };
    const lasting = new Proxy(raw, {
      get(target, name) {
        if (name !== "put") return Reflect.get(target, name).bind?.(target) ?? Reflect.get(target, name);
        return async (...given: Parameters<Storage["put"]>) => {
          await target.put(...given);
          await lock(given[0]);
        };
      },
    });
    const stores = copyStores(raw, null, { lasting, locks: { forMs: 86_400_000, lock } });
    const writer = await CopyWriter.open(stores, "shop");
    for (let hour = 0; hour < 20; hour++) {
      await made.commit(3);
      await ship(writer, made.directory);
      if (hour < 15) expect(await writer.lockAll(60_000)).toBe(true);
    }
    // Whoever has the credentials removes what can be removed.
    const left = new MemoryStorage();
    for (const [key, bytes] of locked) await left.put(key, inOne(bytes));
    const { missing, directory } = await folders.broughtBack(copyStores(left, null), "shop");
    expect(missing).toEqual([]);
    const history = openHistory(directory);
    computeForwards(history, history.newest().txid);
    const txid = history.newest().txid;
    history.close();
    const { head } = await openCopy(stores, "shop");
    expect([txid, head.newest?.txid]).toEqual([(head.newest?.txid ?? 0) - 15, txid + 15]);
    await made.writer.close();
  });

  it("lets go of nothing is told of, is asked again, and the copy keeps up all the while", async () => {
    const made = folders.made();
    await made.commit(30);
    await made.writer.sealed();
    const raw = new MemoryStorage();
    const refused: string[] = [];
    let isRefused = true;
    const stores = copyStores(
      {
        list: (prefix) => raw.list(prefix),
        put: (...put) => raw.put(...put),
        get: (...get) => raw.get(...get),
        find: (key) => raw.find(key),
        remove: async (key) => {
          if (!isRefused) return raw.remove(key);
          refused.push(key);
          throw new LastgoodError("storage_unavailable", "it may not.");
        },
      },
      keys,
    );
    const copy = copyOf(made.directory, () => stores);
    await look(copy, 2);
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    // Growing pieces are merged, and what they were is needed by nobody after a while.
    for (let i = 0; i < 10; i++) {
      await made.commit(1);
      await look(copy, 1);
    }
    vi.advanceTimersByTime(2 * 3_600_000);
    await made.commit(1);
    const told = { lastError: expect.stringContaining("could not be removed"), behindSinceMs: null, damagedObjects: 0 };
    expect(await look(copy, 2)).toMatchObject({ ...told, shippedTxid: 42 });
    const tried = refused.length;
    expect(tried).toBeGreaterThan(0);
    await look(copy, 3);
    expect(refused.length).toBe(tried);
    isRefused = false;
    vi.advanceTimersByTime(2 * 3_600_000);
    await made.commit(1);
    expect(await look(copy, 2)).toMatchObject({ lastError: null, behindSinceMs: null, shippedTxid: 43 });
    const left = await keysOf(raw);
    expect(refused.filter((key) => left.includes(key))).toEqual([]);
    await made.writer.close();
  });

  it("locks keeps all that a copy is made of, and a head that names it, locked for at least half of the time", async () => {
    const made = folders.made(1000);
    await made.commit(30);
    const raw = new MemoryStorage();
    const locked = new Map<string, number>();
    let isRefused = false;
    const locks = {
      forMs: 10 * 86_400_000,
      lock: async (key: string) => {
        if (isRefused) throw new LastgoodError("storage_unavailable", "it may not.");
        locked.set(key, Date.now());
      },
    };
    const lockedHeads: string[] = [];
    const lasting: Storage = {
      list: (prefix) => raw.list(prefix),
      put: (key, body) => {
        if (key.startsWith("heads/")) lockedHeads.push(key);
        locked.set(key, Date.now());
        return raw.put(key, body);
      },
      get: (...get) => raw.get(...get),
      find: (key) => raw.find(key),
      remove: (key) => raw.remove(key),
    };
    const stores = copyStores(raw, keys, { lasting, locks });
    const copy = copyOf(made.directory, () => stores);
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    expect(await look(copy, 2)).toMatchObject({ lastError: null });
    expect((await keysOf(raw, "files/")).filter((key) => !locked.has(key))).toEqual([]);
    expect(lockedHeads.length).toBe(1);
    vi.advanceTimersByTime(4 * 86_400_000);
    await look(copy, 3);
    expect(lockedHeads.length).toBe(1);
    vi.advanceTimersByTime(2 * 86_400_000);
    await look(copy, 3);
    expect(lockedHeads.length).toBe(2);
    for (const key of await keysOf(raw, "files/")) expect(locked.get(key)).toBe(Date.now());
    isRefused = true;
    vi.advanceTimersByTime(6 * 86_400_000);
    await made.commit(1);
    expect(await look(copy, 2)).toMatchObject({
      lastError: expect.stringContaining("is not locked"),
      behindSinceMs: null,
      shippedTxid: 32,
    });
    await made.writer.close();
  });
});
