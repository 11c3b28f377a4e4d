import { randomBytes } from "node:crypto";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import pino from "pino";
import { describe, expect, test } from "vitest";
import { Renewals } from "../../lib/agent/renewals.ts";
import { SealRounds } from "../../lib/agent/seal-rounds.ts";
import { StorageKeys } from "../../lib/agent/storage-keys.ts";
import { EncryptedStorage } from "../../lib/storage/encrypted-storage.ts";
import { MemoryStorage } from "../../lib/storage/memory-storage.ts";
import { readBody, type Storage } from "../../lib/storage/storage.ts";
import { removeBackup } from "../../lib/storage/stored-backup.ts";

const ID = "b0000000-0000-4000-8000-000000000000";
const place = { storeId: null, prefix: "db/backup", encrypted: true };

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** A backup under a former key, and rounds that stand still while they store its body anew, until `go` is called. */
async function renewing(renewals: Renewals) {
  const folder = mkdtempSync(path.join(tmpdir(), "seal-"));
  const [former, next] = [randomBytes(32).toString("base64"), randomBytes(32).toString("base64")];
  const file = path.join(folder, "keys");
  writeFileSync(file, former);
  const keys = new StorageKeys(file);
  const memory = new MemoryStorage();
  const begun = keys.read();
  if (!begun) throw new Error("there is a key");
  await new EncryptedStorage(memory, begun).put(`${place.prefix}/image`, one(Buffer.from("rows of people's")));
  const [standing, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const slow: Storage = {
    put: async (key, body, signal) => {
      // All of it is on its way: only the store's last word is missing.
      const whole = await readBody(body);
      standing.resolve();
      await gate.promise;
      signal?.throwIfAborted();
      return memory.put(key, one(whole));
    },
    get: (key, range) => memory.get(key, range),
    find: (key) => memory.find(key),
    list: (prefix) => memory.list(prefix),
    remove: (key) => memory.remove(key),
  };
  writeFileSync(file, `${next}\n${former}`);
  const rounds = new SealRounds({
    directory: folder,
    keys,
    sealedBackups: async () => [{ id: ID, place, isOpen: false }],
    storageOf: async () => {
      const ring = keys.read();
      if (!ring) throw new Error("there are keys");
      return new EncryptedStorage(slow, ring);
    },
    renewals,
    log: pino({ level: "silent" }),
  });
  const round = rounds.look();
  await standing.promise;
  return { memory, go: () => gate.resolve(), round, rounds };
}

async function keysIn(storage: Storage): Promise<string[]> {
  const found: string[] = [];
  for await (const { key } of storage.list("")) found.push(key);
  return found;
}

describe("a backup that is removed while it is sealed anew", () => {
  test("is gone for good", async () => {
    const renewals = new Renewals();
    const { memory, go, round, rounds } = await renewing(renewals);
    const barred = renewals.bar(ID);
    go();
    await barred;
    await removeBackup(memory, place.prefix);
    expect(await round).toBe(0);
    expect(await rounds.look()).toBe(0);
    expect(await keysIn(memory)).toEqual([]);
  });

  test("would come back, were the one not ended before the other", async () => {
    const { memory, go, round } = await renewing(new Renewals());
    await removeBackup(memory, place.prefix);
    go();
    expect(await round).toBe(1);
    expect(await keysIn(memory)).toEqual([`${place.prefix}/image`]);
  });

  test("is not begun with again", async () => {
    const renewals = new Renewals();
    await renewals.bar(ID);
    expect(await renewals.run(ID, new AbortController().signal, async () => 1)).toBeNull();
  });
});
