import { readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Logger } from "pino";
import type { BackupPlace } from "../services/backups/carry-out.ts";
import type { SealedBackup } from "../services/backups/list-sealed-backups.ts";
import type { EncryptedStorage } from "../storage/encrypted-storage.ts";
import type { Renewals } from "./renewals.ts";
import { RepeatedLook } from "./repeated-look.ts";
import type { StorageKeys } from "./storage-keys.ts";

const FIRST_LOOK_MS = 30_000;
const LOOK_EVERY_MS = 5 * 60_000;
/** The key under which all that is sealed was found last; no key of an object begins with a dot. */
const DONE_NAME = ".sealed-with";

export type SealWorld = {
  /** Absolute path of the folder of backups on this disk. */
  directory: string;
  keys: StorageKeys;
  sealedBackups(): Promise<SealedBackup[]>;
  storageOf(place: BackupPlace): Promise<EncryptedStorage>;
  renewals: Renewals;
  log: Logger;
};

/**
 * After the operator has put another key first, seals every sealed backup anew with it, one object after the other, each whole at every
 * moment. When the last one is done it is told: from then on the former key is needed no more.
 */
export class SealRounds {
  readonly #world: SealWorld;
  readonly #repeated: RepeatedLook;
  readonly #abort = new AbortController();

  constructor(world: SealWorld) {
    this.#world = world;
    const times = { firstMs: FIRST_LOOK_MS, everyMs: LOOK_EVERY_MS };
    this.#repeated = new RepeatedLook(
      () => this.look(),
      times,
      (error) => world.log.error({ err: error }, "backups could not be sealed with the new key; it is tried again"),
    );
  }

  start(): void {
    this.#repeated.start();
  }

  stop(): void {
    this.#repeated.stop();
    this.#abort.abort(new Error("the agent ends"));
  }

  /** Answers how many objects were sealed anew. */
  async look(): Promise<number> {
    const { directory, keys, sealedBackups, log } = this.#world;
    const ring = keys.read();
    if (!ring) return 0;
    const current = ring.current.id.toString("hex");
    const done = path.join(directory, DONE_NAME);
    if (readIfThere(done) === current) return 0;
    let [renewed, left] = [0, 0];
    const backups = await sealedBackups();
    for (const { id, place, isOpen } of backups) {
      // It was begun with the keys of that time, perhaps the former one: its turn comes when it is complete.
      if (isOpen) {
        left++;
        continue;
      }
      try {
        renewed += await this.#renew(id, place);
      } catch (error) {
        this.#abort.signal.throwIfAborted();
        left++;
        log.error({ err: error, backup: id }, "a backup could not be sealed with the new key; it is tried again");
      }
    }
    // Until the last one is done the former key is needed, and the next round goes on.
    if (left > 0) return renewed;
    writeFileSync(`${done}.new`, current, { mode: 0o600, flush: true });
    renameSync(`${done}.new`, done);
    if (renewed > 0)
      log.info(
        { backups: backups.length, renewed },
        "every backup is sealed with the new key; second copies tell of theirs",
      );
    return renewed;
  }

  /** Answers how many of its objects were sealed anew; none of one that is removed. */
  async #renew(id: string, place: BackupPlace): Promise<number> {
    const storage = await this.#world.storageOf(place);
    const renewed = await this.#world.renewals.run(id, this.#abort.signal, async (signal) => {
      const keys: string[] = [];
      for await (const { key } of storage.list(`${place.prefix}/`)) keys.push(key);
      let count = 0;
      for (const key of keys) {
        signal.throwIfAborted();
        if (await storage.renew(key, signal)) count++;
      }
      return count;
    });
    return renewed ?? 0;
  }
}

function readIfThere(file: string): string | null {
  try {
    return readFileSync(file, "utf8").trim();
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
