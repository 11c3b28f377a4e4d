import { assert } from "../domain/assert.ts";
import type { KeyRing } from "./key-ring.ts";
import {
  chunksOf,
  isSealedWithCurrent,
  newSeal,
  openChunk,
  openedBytes,
  readSeal,
  SEAL_HEADER_BYTES,
  SEAL_TAG_BYTES,
  type Seal,
  sealChunk,
} from "./sealed-object.ts";
import {
  type ByteRange,
  readBody,
  type Storage,
  type StoredBytes,
  type StoredObject,
  storageUnavailable,
} from "./storage.ts";

type Opened = { seal: Seal; sizeBytes: number };

/**
 * Seals each object on its way into another store, and opens it on its way out: that one sees neither contents nor, but for a few bytes,
 * more than their sizes, and what somebody changed there is noticed before a byte of that chunk is given. Keys and names
 * stay readable. See `sealed-object.ts`.
 */
export class EncryptedStorage implements Storage {
  readonly #store: Storage;
  readonly #keys: KeyRing;

  constructor(store: Storage, keys: KeyRing) {
    this.#store = store;
    this.#keys = keys;
  }

  async put(key: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<{ sizeBytes: number }> {
    const counter = { sizeBytes: 0 };
    await this.#store.put(key, sealed(newSeal(this.#keys, key), body, counter), signal);
    return counter;
  }

  async get(key: string, range?: ByteRange): Promise<StoredBytes | null> {
    const opened = await this.#open(key);
    if (!opened) return null;
    const { seal, sizeBytes } = opened;
    const { start, length } = range ?? { start: 0, length: sizeBytes };
    assert(start >= 0 && length >= 0 && start + length <= sizeBytes, "a range lies within its object");
    return { sizeBytes, body: this.#chunks(key, seal, sizeBytes, start, length) };
  }

  /** Reads the header of the object: its size without the seal stands nowhere else. */
  async find(key: string): Promise<StoredObject | null> {
    const found = await this.#store.find(key);
    const opened = found && (await this.#open(key));
    return found && opened ? { ...found, sizeBytes: opened.sizeBytes } : null;
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    for await (const { key } of this.#store.list(prefix)) {
      const found = await this.find(key);
      if (found) yield found;
    }
  }

  remove(key: string): Promise<void> {
    return this.#store.remove(key);
  }

  /** Seals an object anew with the current key; false where it is already, or not there. */
  async renew(key: string, signal?: AbortSignal): Promise<boolean> {
    const opened = await this.#open(key);
    if (!opened || isSealedWithCurrent(this.#keys, opened.seal)) return false;
    const stored = await this.get(key);
    if (!stored) return false;
    await this.put(key, stored.body, signal);
    return true;
  }

  async #open(key: string): Promise<Opened | null> {
    const found = await this.#store.find(key);
    if (!found) return null;
    const range = { start: 0, length: Math.min(SEAL_HEADER_BYTES, found.sizeBytes) };
    const stored = await this.#store.get(key, range);
    if (!stored) return null;
    const seal = readSeal(this.#keys, await readBody(stored.body), key);
    return { seal, sizeBytes: openedBytes(found.sizeBytes, seal.chunkBytes, key) };
  }

  async *#chunks(key: string, seal: Seal, sizeBytes: number, start: number, length: number): AsyncIterable<Uint8Array> {
    const { chunkBytes } = seal;
    const whole = chunkBytes + SEAL_TAG_BYTES;
    const last = Math.max(0, Math.ceil(sizeBytes / chunkBytes) - 1);
    const bodyBytes = sizeBytes + (last + 1) * SEAL_TAG_BYTES;
    assert(chunksOf(bodyBytes, chunkBytes) === last + 1, "an object has as many chunks as its size says");
    const first = Math.floor(start / chunkBytes);
    // An empty part is opened too: what cannot be opened must not pass for empty.
    const until = length === 0 ? first : Math.floor((start + length - 1) / chunkBytes);
    const from = Math.min(first, last);
    const stored = await this.#store.get(key, {
      start: SEAL_HEADER_BYTES + from * whole,
      length: Math.min(bodyBytes, (Math.min(until, last) + 1) * whole) - from * whole,
    });
    if (!stored) throw storageUnavailable(`Reading ${key}`, new Error("it is gone"));
    let number = from;
    for await (const chunk of inPieces(stored.body, whole)) {
      const plain = openChunk(seal, number, number === last, chunk, key);
      const at = number * chunkBytes;
      const piece = plain.subarray(Math.max(0, start - at), Math.max(0, start + length - at));
      number++;
      if (piece.length > 0) yield piece;
    }
  }
}

async function* sealed(
  seal: Seal,
  body: AsyncIterable<Uint8Array>,
  counter: { sizeBytes: number },
): AsyncIterable<Uint8Array> {
  yield seal.header;
  let number = 0;
  // The last chunk is sealed as such: one is held back until the next has come.
  let held: Buffer = Buffer.alloc(0);
  for await (const piece of inPieces(body, seal.chunkBytes)) {
    counter.sizeBytes += piece.length;
    if (number > 0) yield sealChunk(seal, number - 1, false, held);
    held = piece;
    number++;
  }
  yield sealChunk(seal, Math.max(0, number - 1), true, held);
}

/** The same bytes in pieces of one size, the last one fewer. */
async function* inPieces(body: AsyncIterable<Uint8Array>, pieceBytes: number): AsyncIterable<Buffer> {
  let piece = Buffer.allocUnsafe(pieceBytes);
  let filled = 0;
  for await (const bytes of body) {
    for (let at = 0; at < bytes.length; ) {
      const take = Math.min(bytes.length - at, pieceBytes - filled);
      piece.set(bytes.subarray(at, at + take), filled);
      at += take;
      filled += take;
      if (filled < pieceBytes) continue;
      yield piece;
      piece = Buffer.allocUnsafe(pieceBytes);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
