/**
 * How an object is sealed (AES-256-GCM, in chunks, so that it streams and parts of it can be read).
 *
 * Header, 80 bytes: `LASTGENC` · version 1 (4, little-endian) · bytes of a chunk (4) · id of the operator's key (16) · salt (32) · zero (16).
 * Then the chunks: each as many bytes of the object, the last one fewer (or none, in an empty object), and its tag of 16 bytes.
 *
 * - The object's key is HKDF-SHA-256 of the operator's key with the salt, the header and the object's storage key as info: an object
 *   that was moved under another key, or whose header was changed, does not open.
 * - A chunk's nonce is its number (8 bytes, big-endian) behind one byte that is 1 for the last chunk and three zeroes: chunks
 *   that are exchanged, dropped, doubled or cut off do not open. No two chunks of one object share a nonce, no two objects a key.
 */
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";
import { assert } from "../domain/assert.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { KeyRing, StorageKey } from "./key-ring.ts";

export const SEAL_HEADER_BYTES = 80;
export const SEAL_TAG_BYTES = 16;
/** How each sealed object begins. */
export const SEAL_MAGIC = "LASTGENC";
const MAGIC = SEAL_MAGIC;
const VERSION = 1;
const CHUNK_BYTES = 64 * 1024;
const SALT_BYTES = 32;

/** An object that is being sealed or opened: its header and the key made of it. */
export type Seal = { header: Buffer; key: Buffer; chunkBytes: number };

/** A seal for a new object under `storageKey`. */
export function newSeal({ current }: KeyRing, storageKey: string, chunkBytes = CHUNK_BYTES): Seal {
  const header = Buffer.alloc(SEAL_HEADER_BYTES);
  header.write(MAGIC, 0, "latin1");
  header.writeUInt32LE(VERSION, 8);
  header.writeUInt32LE(chunkBytes, 12);
  current.id.copy(header, 16);
  randomBytes(SALT_BYTES).copy(header, 32);
  return { header, chunkBytes, key: objectKey(current, header, storageKey) };
}

/** The seal of a stored object. Throws `storage_damaged` where the header is none, `storage_key_missing` without its key. */
export function readSeal(keys: KeyRing, header: Buffer, storageKey: string): Seal {
  const chunkBytes = header.length === SEAL_HEADER_BYTES ? header.readUInt32LE(12) : 0;
  const isHeader = header.toString("latin1", 0, 8) === MAGIC && chunkBytes > 0 && chunkBytes <= 1 << 24;
  if (!isHeader) throw sealBroken(storageKey, "it has no header of a sealed object");
  if (header.readUInt32LE(8) !== VERSION) throw sealBroken(storageKey, "a newer version has sealed it");
  const sealedWith = keys.find(header.subarray(16, 32));
  if (!sealedWith) {
    throw new LastgoodError(
      "storage_key_missing",
      `${storageKey} is sealed with a key that is not among the storage keys.`,
      {
        hint: "Put the former key back into the file of keys, below the current one.",
        keyId: header.toString("hex", 16, 32),
      },
    );
  }
  return { header, chunkBytes, key: objectKey(sealedWith, header, storageKey) };
}

/** Whether an object is sealed with the current key. */
export function isSealedWithCurrent({ current }: KeyRing, { header }: Seal): boolean {
  return current.id.equals(header.subarray(16, 32));
}

export function sealChunk({ key }: Seal, number: number, isLast: boolean, plain: Uint8Array): Buffer {
  const cipher = createCipheriv("aes-256-gcm", key, nonce(number, isLast));
  return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** The chunk's content. Throws `storage_damaged` when a bit of it is not what was sealed. */
export function openChunk({ key }: Seal, number: number, isLast: boolean, sealed: Buffer, storageKey: string): Buffer {
  if (sealed.length < SEAL_TAG_BYTES) throw sealBroken(storageKey, "it was cut off");
  const end = sealed.length - SEAL_TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", key, nonce(number, isLast), { authTagLength: SEAL_TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(end));
  try {
    return Buffer.concat([decipher.update(sealed.subarray(0, end)), decipher.final()]);
  } catch (error) {
    throw sealBroken(storageKey, `its chunk ${number + 1} is not what was sealed`, error);
  }
}

/** Bytes of the object behind a seal. Throws `storage_damaged` where no object can be so long. */
export function openedBytes(sealedBytes: number, chunkBytes: number, storageKey: string): number {
  const body = sealedBytes - SEAL_HEADER_BYTES;
  const chunks = chunksOf(body, chunkBytes);
  const plain = body - chunks * SEAL_TAG_BYTES;
  if (body < SEAL_TAG_BYTES || plain < 0 || plain < (chunks - 1) * chunkBytes)
    throw sealBroken(storageKey, "it was cut off");
  return plain;
}

/** Bytes of a sealed object that holds so many. */
export function sealedBytesOf(bytes: number): number {
  return SEAL_HEADER_BYTES + bytes + Math.max(1, Math.ceil(bytes / CHUNK_BYTES)) * SEAL_TAG_BYTES;
}

/** Chunks of a sealed object without its header. */
export function chunksOf(bodyBytes: number, chunkBytes: number): number {
  return Math.max(1, Math.ceil(bodyBytes / (chunkBytes + SEAL_TAG_BYTES)));
}

function objectKey({ secret }: StorageKey, header: Buffer, storageKey: string): Buffer {
  const info = Buffer.concat([Buffer.from("lastgood object\0"), header, Buffer.from(storageKey)]);
  return Buffer.from(hkdfSync("sha256", secret, header.subarray(32, 64), info, 32));
}

function nonce(number: number, isLast: boolean): Buffer {
  assert(Number.isSafeInteger(number) && number >= 0, "chunks are numbered from 0");
  const bytes = Buffer.alloc(12);
  bytes[0] = isLast ? 1 : 0;
  bytes.writeBigUInt64BE(BigInt(number), 4);
  return bytes;
}

function sealBroken(storageKey: string, why: string, cause?: unknown): LastgoodError {
  return new LastgoodError(
    "storage_damaged",
    `The stored object ${storageKey} is damaged: ${why}.`,
    { hint: "Use another copy; nothing was taken from this one." },
    { cause },
  );
}
