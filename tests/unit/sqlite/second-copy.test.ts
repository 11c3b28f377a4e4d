import { randomBytes } from "node:crypto";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { pino } from "pino";
import { afterEach, describe, expect, it } from "vitest";
import { DatabaseCopy } from "../../../lib/agent/database-copy.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { copySourceOf } from "../../../lib/engines/sqlite/copy/list-for-copy.ts";
import { openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { pruneHistory } from "../../../lib/engines/sqlite/prune/prune-history.ts";
import { checkCopy } from "../../../lib/storage/copy/check-copy.ts";
import { copyStores } from "../../../lib/storage/copy/copy-stores.ts";
import { CopyWriter } from "../../../lib/storage/copy/copy-writer.ts";
import { bringBack, listCopies, openCopy } from "../../../lib/storage/copy/read-copy.ts";
import { parseKeyRing } from "../../../lib/storage/key-ring.ts";
import { MemoryStorage } from "../../../lib/storage/memory-storage.ts";
import type { Storage } from "../../../lib/storage/storage.ts";
import { computeForwards } from "../../world/compute-state.ts";
import { ABOUT, copyOf, flipped, look, NEVER, ship } from "../../world/copied-history.ts";
import { MadeHistory } from "../../world/made-history.ts";

const ID = "5f3b0d9e-0000-4000-8000-000000000001";
const keys = parseKeyRing(randomBytes(32).toString("base64"));
const left: (() => void)[] = [];

afterEach(() => {
  for (const remove of left.splice(0)) remove();
});

function makeHistory(commits = 40): MadeHistory {
  const made = new MadeHistory({ bytes: 1e9, commits });
  left.push(() => rmSync(made.directory, { recursive: true, force: true }));
  return made;
}

function folder(): string {
  const made = mkdtempSync(path.join(tmpdir(), "brought-back-"));
  left.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

/** Every state of the copy, from its own base on, is the one that was made. */
async function expectBroughtBack(raw: MemoryStorage, made: MadeHistory, copyId = ID): Promise<number> {
  const stores = copyStores(raw, keys);
  const directory = folder();
  const read = await openCopy(stores, copyId);
  const { missing } = await bringBack(stores, read, directory, { signal: NEVER, progress() {} });
  expect(missing).toEqual([]);
  const history = openHistory(directory);
  try {
    expect(history.newest().txid).toBe(read.head.newest?.txid);
    for (let txid = history.oldest().txid; txid <= history.newest().txid; txid++) {
      expect(computeForwards(history, txid).equals(made.states[txid] as Buffer)).toBe(true);
    }
    return history.newest().txid;
  } finally {
    history.close();
  }
}

describe("the second copy of a file's history", () => {
  it("brings back every commit that was shipped, while segments are sealed, and goes on after a restart of the writer", async () => {
    const made = makeHistory();
    const raw = new MemoryStorage();
    let writer = await CopyWriter.open(copyStores(raw, keys), ID);
    for (let round = 0; round < 12; round++) {
      await made.commit(9);
      if (round % 3 === 2) writer = await CopyWriter.open(copyStores(raw, keys), ID);
      await ship(writer, made.directory);
      expect(await expectBroughtBack(raw, made)).toBe(made.writer.newest.txid);
    }
    const before = await countOf(raw);
    await ship(await CopyWriter.open(copyStores(raw, keys), ID), made.directory);
    expect(await countOf(raw)).toBe(before);
    await made.writer.close();
  });

  it("follows a pruning, and keeps what is lost here", async () => {
    const made = makeHistory(20);
    const raw = new MemoryStorage();
    const writer = await CopyWriter.open(copyStores(raw, keys), ID);
    await made.commit(100);
    await ship(writer, made.directory);
    const history = openHistory(made.directory);
    const middle = history.byTxid(55)?.timeMs ?? 0;
    pruneHistory(history, middle, () => undefined);
    await ship(writer, made.directory);
    expect(
      (await openCopy(copyStores(raw, keys), ID)).whole.some(({ path: name }) => name === "base-0000000000000001.db"),
    ).toBe(false);
    await expectBroughtBack(raw, made);
    history.close();
    const sealed = readdirSync(made.directory).filter((name) => name.endsWith(".sealed"));
    rmSync(path.join(made.directory, sealed.sort()[1] ?? ""));
    await made.commit(5);
    await ship(writer, made.directory);
    expect(await expectBroughtBack(raw, made)).toBe(made.writer.newest.txid);
    await made.writer.close();
  });

  it("does not take over what was damaged here", async () => {
    const made = makeHistory(20);
    const raw = new MemoryStorage();
    await made.commit(50);
    await ship(await CopyWriter.open(copyStores(raw, keys), ID), made.directory);
    const file = path.join(made.directory, "segment-0000000000000001.sealed");
    const bytes = readFileSync(file);
    bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
    writeFileSync(file, bytes);
    await made.commit(3);
    const shipped = await ship(await CopyWriter.open(copyStores(raw, keys), ID), made.directory);
    expect(shipped.damaged).toEqual(["segment-0000000000000001.sealed"]);
    expect(await expectBroughtBack(raw, made)).toBe(made.writer.newest.txid);
    await made.writer.close();
  });

  it("ships again what is missing or altered in the store, and removes what belongs to nothing", async () => {
    const made = makeHistory(20);
    const raw = new MemoryStorage();
    const stores = copyStores(raw, keys);
    const writer = await CopyWriter.open(stores, ID);
    await made.commit(50);
    await ship(writer, made.directory);
    const sample = { sampleBytes: 1e9, nowMs: Date.now() + 2 * 3_600_000 };
    expect(await checkCopy(writer, sample)).toMatchObject({ bad: [], looked: writer.objects().size - 1 });
    const [lost, altered] = [...writer.objects()].map((object) => `files/${ID}/${object}`);
    await raw.remove(lost ?? "");
    await raw.put(altered ?? "", flipped(raw, altered ?? ""));
    await raw.put(`files/${ID}/piece-ffff`, (async function* () {})());
    const check = await checkCopy(writer, sample);
    expect(check.bad).toHaveLength(2);
    expect(check.removed).toBe(1);
    await ship(writer, made.directory);
    expect(writer.bad.size).toBe(0);
    await expectBroughtBack(raw, made);
    await made.writer.close();
  });

  it("is a whole history wherever the shipping breaks off, and goes on from there", async () => {
    const made = makeHistory(20);
    const raw = new MemoryStorage();
    await made.commit(15);
    await ship(await CopyWriter.open(copyStores(raw, keys), ID), made.directory);
    let shippedUntil = made.writer.newest.txid;
    for (let requests = 0; requests < 9; requests++) {
      await made.commit(12);
      const failing = copyStores(breakingOff(raw, requests), keys);
      await CopyWriter.open(failing, ID)
        .then((writer) => ship(writer, made.directory))
        .then(
          () => {
            shippedUntil = made.writer.newest.txid;
          },
          () => undefined,
        );
      expect(await expectBroughtBack(raw, made)).toBe(shippedUntil);
      // The same writer, whose request failed, goes on as well as another one does.
      if (requests % 2 === 0) continue;
      await ship(await CopyWriter.open(copyStores(raw, keys), ID), made.directory);
      shippedUntil = await expectBroughtBack(raw, made);
      expect(shippedUntil).toBe(made.writer.newest.txid);
    }
    await made.writer.close();
  });

  it("goes on with the writer whose requests failed", async () => {
    const made = makeHistory(20);
    const raw = new MemoryStorage();
    let left = Number.POSITIVE_INFINITY;
    const stores = copyStores(
      breakingOff(raw, () => left--),
      keys,
    );
    const writer = await CopyWriter.open(stores, ID);
    for (let requests = 0; requests < 9; requests++) {
      await made.commit(12);
      left = requests;
      await ship(writer, made.directory).catch(() => undefined);
      left = Number.POSITIVE_INFINITY;
      await made.commit(2);
      await ship(writer, made.directory);
      expect(await expectBroughtBack(raw, made)).toBe(made.writer.newest.txid);
    }
    await made.writer.close();
  });

  it("is left as it is where this machine was set back, and a copy of its own is begun after a while", async () => {
    const made = makeHistory(20);
    const raw = new MemoryStorage();
    await made.commit(25);
    const earlier = folder();
    cpSync(made.directory, earlier, { recursive: true });
    await made.commit(25);
    const lookAt = async (directory: string, setBackAfterMs: number, looks = 1) => {
      const copy = new DatabaseCopy("shop", {
        stores: () => copyStores(raw, keys),
        source: copySourceOf(directory, () => openHistory(directory)),
        about: () => ABOUT,
        capturedThroughMs: async () => null,
        tell: async () => undefined,
        log: pino({ level: "silent" }),
        setBackAfterMs,
        firstPauseMs: 0,
      });
      for (let i = 0; i < looks; i++) await copy.look(NEVER);
      return copy.state;
    };
    expect(await lookAt(made.directory, 0)).toMatchObject({ shippedTxid: 51, lastError: null });
    expect(await lookAt(earlier, 60_000)).toMatchObject({
      shippedTxid: null,
      lastError: expect.stringContaining("later commits"),
    });
    expect(await listCopies(copyStores(raw, keys))).toHaveLength(1);
    expect(await lookAt(earlier, 0, 2)).toMatchObject({ shippedTxid: 26, lastError: null });
    expect(await lookAt(earlier, 60_000)).toMatchObject({ shippedTxid: 26, lastError: null });
    const [first = "", second = ""] = await listCopies(copyStores(raw, keys));
    expect(second).toBe(`${first}.2`);
    expect(await expectBroughtBack(raw, made, first)).toBe(51);
    expect(await expectBroughtBack(raw, made, second)).toBe(26);
    await made.writer.close();
  });

  it("says to be complete no later than what was captured, also while nothing is captured", async () => {
    const made = makeHistory(20);
    await made.commit(50);
    const stores = copyStores(new MemoryStorage(), keys);
    const hourAgo = Date.now() - 3_600_000;
    let throughMs: number | null = hourAgo;
    let name = "shop";
    const world = { capturedThroughMs: async () => throughMs, about: () => ({ ...ABOUT, name }), askEveryMs: 0 };
    const copy = copyOf(made.directory, () => stores, world);
    expect(await look(copy, 2)).toMatchObject({ shippedUntilMs: hourAgo });
    const [id = ""] = await listCopies(stores);
    throughMs = null;
    name = "renamed";
    await made.commit(1);
    for (const one of [copy, copyOf(made.directory, () => stores, world)]) {
      expect(await look(one, 3)).toMatchObject({ shippedUntilMs: hourAgo, shippedTxid: 52 });
      expect((await openCopy(stores, id)).head).toMatchObject({ about: { name }, shippedUntilMs: hourAgo });
    }
    throughMs = hourAgo + 60_000;
    expect(await look(copy, 1)).toMatchObject({ shippedUntilMs: throughMs });
    await made.writer.close();
  });

  it("is told apart by its keys: without them nothing opens, and with a damaged head the one before it does", async () => {
    const made = makeHistory();
    const raw = new MemoryStorage();
    const writer = await CopyWriter.open(copyStores(raw, keys), ID);
    await made.commit(5);
    await ship(writer, made.directory);
    await made.commit(5);
    await ship(writer, made.directory);
    const others = parseKeyRing(randomBytes(32).toString("base64"));
    await expect(openCopy(copyStores(raw, others), ID)).rejects.toMatchObject({ code: "storage_key_missing" });
    const head = `heads/${ID}/${(writer.head?.serial ?? 0) % 2}`;
    await raw.put(head, flipped(raw, head));
    expect(await expectBroughtBack(raw, made)).toBe(6);
    await made.writer.close();
  });
});

/** The same store, which takes so many objects and then none. */
function breakingOff(raw: MemoryStorage, requests: number | (() => number)): Storage {
  let left = typeof requests === "number" ? requests : 0;
  const leftNow = typeof requests === "number" ? () => left-- : requests;
  return {
    put: (...args) => {
      if (leftNow() <= 0) throw new LastgoodError("storage_unavailable", "as the test wants it");
      return raw.put(...args);
    },
    get: (...args) => raw.get(...args),
    find: (key) => raw.find(key),
    list: (prefix) => raw.list(prefix),
    remove: (key) => raw.remove(key),
  };
}

async function countOf(raw: MemoryStorage): Promise<number> {
  let objects = 0;
  for await (const _ of raw.list("")) objects += 1;
  return objects;
}
