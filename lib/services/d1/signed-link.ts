import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";
import { readEnv } from "../../env.ts";
import { deriveKey } from "../derive-key.ts";
import { loadSecret } from "../load-secret.ts";

/*
 * An address that carries its own permission, since D1's clients send no token along to it:
 *   base64url(JSON of the claims) "." base64url(HMAC-SHA-256 of that text)
 * It names the token that asked for it, whose rights are read again when it is used.
 */
const LINK_MS = 3_600_000;
const LONGEST_LINK = 8192;

const shared = { tokenId: z.string(), account: z.string(), databaseId: z.string(), untilMs: z.number() };
const claimsSchema = z.discriminatedUnion("for", [
  z.object({ for: z.literal("upload"), uploadId: z.uuid(), md5: z.string(), ...shared }),
  z.object({
    for: z.literal("download"),
    at: z.string(),
    name: z.string(),
    options: z.object({ schema: z.boolean(), data: z.boolean(), tables: z.array(z.string()) }),
    ...shared,
  }),
]);
export type LinkClaims = z.infer<typeof claimsSchema>;
type Unsigned<Claims> = Claims extends { untilMs: number } ? Omit<Claims, "untilMs"> : never;

const macOf = (text: string) =>
  createHmac("sha256", deriveKey(loadSecret(readEnv()), "d1-links"))
    .update(text)
    .digest("base64url");

/** Signs claims for one hour. */
export function signLink(claims: Unsigned<LinkClaims>, nowMs = Date.now()): string {
  const text = Buffer.from(JSON.stringify({ ...claims, untilMs: nowMs + LINK_MS })).toString("base64url");
  return `${text}.${macOf(text)}`;
}

/** What a link claims. Throws `unauthenticated` for one that is not ours, is over, or is for something else. */
export function openLink<For extends LinkClaims["for"]>(
  link: string,
  use: For,
  nowMs = Date.now(),
): Extract<LinkClaims, { for: For }> {
  const [text = "", mac = ""] = link.length > LONGEST_LINK ? [] : link.split(".");
  const [given, expected] = [Buffer.from(mac), Buffer.from(macOf(text))];
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw refused();
  const claims = claimsSchema.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
  if (claims.for !== use || claims.untilMs < nowMs) throw refused();
  return claims as Extract<LinkClaims, { for: For }>;
}

function refused(): LastgoodError {
  return new LastgoodError("unauthenticated", "This address is not valid, or not any more.", {
    hint: "It is good for one hour; ask for a new one.",
  });
}

/** What names an upload to its client: bound to the database and the bytes that it was announced for. */
export function nameUpload(upload: { uploadId: string; databaseId: string; md5: string }): string {
  return `${upload.uploadId}.${macOf(`${upload.uploadId} ${upload.databaseId} ${upload.md5}`)}.sql`;
}

/** The upload behind such a name; null when it is another database's, another file's, or nobody's. */
export function findUploadId(name: string, { databaseId, md5 }: { databaseId: string; md5: string }): string | null {
  const uploadId = name.slice(0, 36);
  return nameUpload({ uploadId, databaseId, md5 }) === name ? uploadId : null;
}
