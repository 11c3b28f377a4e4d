import { createHash, randomBytes } from "node:crypto";

/** A secret of 256 random bits, 43 characters behind its prefix. */
export function makeToken(prefix: "lg_" | "lgs_" | "lgi_"): string {
  return prefix + randomBytes(32).toString("base64url");
}

/** Hex SHA-256: tokens are random, so a fast hash hides them, and looking up a hash leaks nothing through time. */
export function hashToken(token: string): string {
  return createHash("sha256").update(token).digest("hex");
}
