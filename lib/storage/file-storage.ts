import { randomUUID } from "node:crypto";
import path from "node:path";
import { assert } from "../domain/assert.ts";
import { LastgoodError } from "../domain/errors.ts";
import { disk } from "./disk.ts";
import { reachPoint } from "./reach-point.ts";
import {
  type ByteRange,
  requireKey,
  type Storage,
  type StoredBytes,
  type StoredObject,
  storageUnavailable,
} from "./storage.ts";

/** Where bodies grow until they are whole; no key begins with a dot. */
const UNFINISHED = ".unfinished";
const PIECE_BYTES = 256 * 1024;

/**
 * Objects as files below one folder, which nobody else writes. A body grows under a name of its own, is synced and then
 * renamed, and the folders' names are synced: after a power cut an object is whole or absent.
 */
export class FileStorage implements Storage {
  readonly #root: string;

  /** @param root absolute path of the folder; made when it is missing */
  constructor(root: string) {
    assert(path.isAbsolute(root), "the folder of a store has an absolute path");
    this.#root = root;
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<{ sizeBytes: number }> {
    const file = this.#fileOf(key);
    const growing = path.join(this.#root, UNFINISHED, randomUUID());
    try {
      this.#makeFolder(path.dirname(growing));
      const sizeBytes = await writeBody(growing, body, signal);
      reachPoint("object.written");
      this.#makeFolder(path.dirname(file));
      disk.renameSync(growing, file);
      reachPoint("object.renamed");
      syncFolder(path.dirname(file));
      return { sizeBytes };
    } catch (error) {
      disk.rmSync(growing, { force: true });
      throw explain(error, `Storing ${key}`);
    }
  }

  async get(key: string, range?: ByteRange): Promise<StoredBytes | null> {
    const found = await this.find(key);
    if (!found) return null;
    const { sizeBytes } = found;
    const { start, length } = range ?? { start: 0, length: sizeBytes };
    assert(start >= 0 && length >= 0 && start + length <= sizeBytes, "a range lies within its object");
    // Opened before anything is answered: what is replaced or removed meanwhile is still read to its end.
    const fd = this.#open(key);
    return fd === null ? null : { sizeBytes, body: readPieces(fd, key, start, length) };
  }

  async find(key: string): Promise<StoredObject | null> {
    const stat = disk.statSync(this.#fileOf(key), { throwIfNoEntry: false });
    return stat?.isFile() ? { key, sizeBytes: stat.size, modifiedMs: Math.round(stat.mtimeMs) } : null;
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    for (const key of this.#keysBelow("", prefix)) {
      const found = await this.find(key);
      if (found) yield found;
    }
  }

  async remove(key: string): Promise<void> {
    const file = this.#fileOf(key);
    const folder = path.dirname(file);
    try {
      if (!disk.existsSync(folder)) return;
      disk.rmSync(file, { force: true });
      syncFolder(folder);
    } catch (error) {
      throw explain(error, `Removing ${key}`);
    }
  }

  /** Removes what interrupted `put`s have left, older than `olderThanMs`. */
  removeUnfinished(olderThanMs: number): void {
    const folder = path.join(this.#root, UNFINISHED);
    if (!disk.existsSync(folder)) return;
    for (const name of disk.readdirSync(folder)) {
      const file = path.join(folder, name);
      const stat = disk.statSync(file, { throwIfNoEntry: false });
      if (stat && stat.mtimeMs < Date.now() - olderThanMs) disk.rmSync(file, { force: true });
    }
  }

  #fileOf(key: string): string {
    return path.join(this.#root, requireKey(key));
  }

  #open(key: string): number | null {
    try {
      return disk.openSync(this.#fileOf(key), "r");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return null;
      throw explain(error, `Reading ${key}`);
    }
  }

  /** Each new folder's name is made durable in the one above it. */
  #makeFolder(folder: string): void {
    if (disk.existsSync(folder)) return;
    const parent = path.dirname(folder);
    if (folder !== this.#root) this.#makeFolder(parent);
    disk.mkdirSync(folder, { recursive: true, mode: 0o700 });
    syncFolder(parent);
  }

  *#keysBelow(folder: string, prefix: string): Generator<string> {
    const directory = path.join(this.#root, folder);
    if (!disk.existsSync(directory)) return;
    for (const name of disk.readdirSync(directory)) {
      if (name.startsWith(".")) continue;
      const key = `${folder}${name}`;
      const isFolder = disk.statSync(path.join(directory, name), { throwIfNoEntry: false })?.isDirectory();
      if (!isFolder && key.startsWith(prefix)) yield key;
      const mayHold = `${key}/`.startsWith(prefix) || prefix.startsWith(`${key}/`);
      if (isFolder && mayHold) yield* this.#keysBelow(`${key}/`, prefix);
    }
  }
}

async function writeBody(file: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<number> {
  const fd = disk.openSync(file, "wx", 0o600);
  try {
    let sizeBytes = 0;
    for await (const piece of body) {
      signal?.throwIfAborted();
      for (let done = 0; done < piece.length; ) done += await disk.write(fd, piece, done, piece.length - done, null);
      sizeBytes += piece.length;
    }
    signal?.throwIfAborted();
    await disk.fsync(fd);
    return sizeBytes;
  } finally {
    disk.closeSync(fd);
  }
}

async function* readPieces(fd: number, key: string, start: number, length: number): AsyncIterable<Uint8Array> {
  try {
    for (let done = 0; done < length; ) {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, length - done));
      const got = disk.readSync(fd, piece, 0, piece.length, start + done);
      if (got === 0) throw storageUnavailable(`Reading ${key}`, new Error("it is shorter than it was"));
      done += got;
      yield piece.subarray(0, got);
    }
  } finally {
    disk.closeSync(fd);
  }
}

function syncFolder(folder: string): void {
  const fd = disk.openSync(folder, "r");
  try {
    disk.fsyncSync(fd);
  } finally {
    disk.closeSync(fd);
  }
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? error.code : null);

/** Only what the system says is explained; a body's own error goes on as it is. */
function explain(error: unknown, what: string): unknown {
  const code = codeOf(error);
  if (error instanceof LastgoodError || typeof code !== "string" || !/^E[A-Z0-9]+$/.test(code)) return error;
  if (code === "ENOSPC" || code === "EDQUOT") {
    return new LastgoodError("storage_full", `${what} failed: the disk is full.`, {
      hint: "Make room, then try again.",
    });
  }
  return storageUnavailable(what, error);
}
