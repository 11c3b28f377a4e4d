import { assert } from "../domain/assert.ts";
import { type ByteRange, requireKey, type Storage, type StoredBytes, type StoredObject } from "./storage.ts";

type Kept = { bytes: Buffer; modifiedMs: number };

/** Objects in this process's memory, for as long as it lives. */
export class MemoryStorage implements Storage {
  readonly #objects = new Map<string, Kept>();

  async put(key: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<{ sizeBytes: number }> {
    requireKey(key);
    const parts: Uint8Array[] = [];
    for await (const part of body) {
      signal?.throwIfAborted();
      parts.push(part);
    }
    signal?.throwIfAborted();
    const bytes = Buffer.concat(parts);
    this.#objects.set(key, { bytes, modifiedMs: Date.now() });
    return { sizeBytes: bytes.length };
  }

  async get(key: string, range?: ByteRange): Promise<StoredBytes | null> {
    const kept = this.#objects.get(requireKey(key));
    if (!kept) return null;
    const { bytes } = kept;
    const { start, length } = range ?? { start: 0, length: bytes.length };
    assert(start >= 0 && length >= 0 && start + length <= bytes.length, "a range lies within its object");
    return { sizeBytes: bytes.length, body: once(bytes.subarray(start, start + length)) };
  }

  async find(key: string): Promise<StoredObject | null> {
    const kept = this.#objects.get(requireKey(key));
    return kept ? { key, sizeBytes: kept.bytes.length, modifiedMs: kept.modifiedMs } : null;
  }

  async *list(prefix: string): AsyncIterable<StoredObject> {
    for (const key of [...this.#objects.keys()].filter((one) => one.startsWith(prefix)).sort()) {
      const found = await this.find(key);
      if (found) yield found;
    }
  }

  async remove(key: string): Promise<void> {
    this.#objects.delete(requireKey(key));
  }
}

async function* once(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  if (bytes.length > 0) yield bytes;
}
