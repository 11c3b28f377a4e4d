import { createHash, createHmac, pbkdf2Sync, randomBytes } from "node:crypto";

const ITERATIONS = 4096;

/** A password nobody has to type: 32 characters that need no quoting anywhere. */
export function randomPassword(): string {
  return randomBytes(24).toString("base64url");
}

/**
 * What PostgreSQL keeps of a password (https://www.rfc-editor.org/rfc/rfc5802#section-3, in the form of pg_authid.rolpassword).
 * The server takes it in place of the password, which so never stands in a statement that it might log.
 */
export function passwordVerifier(password: string, salt: Buffer = randomBytes(16)): string {
  const salted = pbkdf2Sync(password.normalize("NFKC"), salt, ITERATIONS, 32, "sha256");
  const keyOf = (name: string) => createHmac("sha256", salted).update(name).digest();
  const stored = createHash("sha256").update(keyOf("Client Key")).digest("base64");
  return `SCRAM-SHA-256$${ITERATIONS}:${salt.toString("base64")}$${stored}:${keyOf("Server Key").toString("base64")}`;
}
