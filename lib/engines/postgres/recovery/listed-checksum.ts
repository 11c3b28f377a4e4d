import { createHash } from "node:crypto";
import { CRC32C_START, updateCrc32c } from "../history/crc32c.ts";

/** A checksum that is computed as the bytes come. */
export type RunningChecksum = { update(bytes: Uint8Array): void; hex(): string };

/** OpenSSL's names of those that it has, which are quicker than ours by far where the processor helps. */
const HASHES: Readonly<Record<string, string>> = {
  SHA224: "sha224",
  SHA256: "sha256",
  SHA384: "sha384",
  SHA512: "sha512",
};

/**
 * The checksum that a manifest names, in its own spelling of hex. Null for one that it does not have: NONE, or one of a later version.
 * https://www.postgresql.org/docs/current/app-pgbasebackup.html (--manifest-checksums)
 */
export function startChecksum(algorithm: string): RunningChecksum | null {
  const name = HASHES[algorithm];
  if (name !== undefined) {
    const hash = createHash(name);
    return { update: (bytes) => hash.update(bytes), hex: () => hash.digest("hex") };
  }
  if (algorithm !== "CRC32C") return null;
  let crc = CRC32C_START;
  return {
    update: (bytes) => {
      crc = updateCrc32c(crc, bytes, 0, bytes.length);
    },
    // The server writes it as it lies in its memory, lowest byte first.
    hex: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32LE(~crc >>> 0);
      return bytes.toString("hex");
    },
  };
}
