import { hash } from "node:crypto";

/** Bytes as the body of an object. */
export async function* inOne(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}

export const hashOf = (bytes: Uint8Array): string => hash("sha256", bytes, "hex");
