import { LastgoodError } from "../domain/errors.ts";

/** One stored object, as a listing tells of it. */
export type StoredObject = {
  key: string;
  sizeBytes: number;
  /** Unix milliseconds. */
  modifiedMs: number;
};

/** A part of an object: `length` bytes from `start` on, both within it. */
export type ByteRange = { start: number; length: number };

export type StoredBytes = {
  /** Of the whole object, whatever part of it was asked for. */
  sizeBytes: number;
  /** To be read to its end or returned; throws as `Storage` does. */
  body: AsyncIterable<Uint8Array>;
};

/**
 * Objects under keys, each whole or absent: whatever becomes of a `put`, nobody ever sees a part of it. What can be met here
 * and cannot be helped is `storage_unavailable` or `storage_full`; what is not there is null.
 *
 * No key may be the folder of another: where there is `a` there is no `a/b`. Not promised: that of two `put`s of one key at once a certain one wins, or that a listing tells of what changes meanwhile.
 */
export interface Storage {
  /** Stores an object, in place of one of that key. It is durable when this answers. Throws the body's own error, or the signal's reason. */
  put(key: string, body: AsyncIterable<Uint8Array>, signal?: AbortSignal): Promise<{ sizeBytes: number }>;
  /** Null when there is none. A range that does not lie within the object is our bug. */
  get(key: string, range?: ByteRange): Promise<StoredBytes | null>;
  find(key: string): Promise<StoredObject | null>;
  /** Those whose keys begin with `prefix`, in no certain order. */
  list(prefix: string): AsyncIterable<StoredObject>;
  /** Durably; one that is not there is as good as removed. */
  remove(key: string): Promise<void>;
}

const KEY = /^[A-Za-z0-9][A-Za-z0-9._=-]{0,199}(?:\/[A-Za-z0-9][A-Za-z0-9._=-]{0,199}){0,15}$/;

/** Keys are written by us, yet parts of them came from outside once: one that could lead elsewhere is refused. */
export function requireKey(key: string): string {
  if (KEY.test(key) && key.length <= 512) return key;
  throw new LastgoodError("invalid_input", `${JSON.stringify(key.slice(0, 80))} is no key of a stored object.`, {
    field: "key",
    hint: "A key is made of names of letters, digits and . _ = - that are joined by slashes.",
  });
}

/** The store cannot be reached, or answers what nobody can use. */
export function storageUnavailable(what: string, cause: unknown): LastgoodError {
  const why = cause instanceof Error ? `: ${cause.message}` : "";
  return new LastgoodError(
    "storage_unavailable",
    `${what} failed${why}.`,
    { hint: "Look at the store and at the way to it; it is tried again." },
    { cause },
  );
}

/** All bytes of a body; for small objects alone. */
export async function readBody(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}
