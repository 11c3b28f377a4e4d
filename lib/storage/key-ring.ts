import { createHash } from "node:crypto";
import { LastgoodError } from "../domain/errors.ts";

/** One of the operator's keys: 256 bits, named by the first 16 bytes of a hash of it. */
export type StorageKey = { id: Buffer; secret: Buffer };

/** The operator's keys: new objects are sealed with the first, any of them opens what it has sealed. */
export type KeyRing = { current: StorageKey; find(id: Buffer): StorageKey | null };

const KEY_BYTES = 32;
const ID_BYTES = 16;

/**
 * Reads keys, one a line in base64, the current one first; empty lines and those that begin with # do not count. Throws
 * `invalid_input` with the line that is none.
 */
export function parseKeyRing(text: string): KeyRing {
  const keys: StorageKey[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const secret = Buffer.from(trimmed, "base64");
    if (secret.length !== KEY_BYTES || secret.toString("base64") !== trimmed) {
      throw new LastgoodError("invalid_input", `Line ${index + 1} of the storage keys is no key.`, {
        hint: "A key is 32 random bytes in base64: openssl rand -base64 32.",
      });
    }
    keys.push({ secret, id: keyId(secret) });
  }
  const [current] = keys;
  if (!current) {
    throw new LastgoodError("invalid_input", "There is no storage key.", {
      hint: "Write one to the file: openssl rand -base64 32.",
    });
  }
  return { current, find: (id) => keys.find((key) => key.id.equals(id)) ?? null };
}

function keyId(secret: Buffer): Buffer {
  return createHash("sha256").update("lastgood storage key id\0").update(secret).digest().subarray(0, ID_BYTES);
}
