import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign } from "node:crypto";
import { deriveKey } from "../derive-key.ts";

/** What an Ed25519 private key looks like before its 32 bytes: RFC 8410, section 7. */
const PKCS8_OF_ED25519 = Buffer.from("302e020100300506032b657004220420", "hex");

/** A signed receipt: a JSON Web Signature, flattened (RFC 7515, section 7.2.2), with EdDSA (RFC 8037). */
export type SignedReceipt = { payload: string; protected: string; signature: string };

/** The key that receipts are signed with: the same one on every console and agent of an installation. */
export function receiptKeyOf(secret: string): KeyObject {
  const seed = deriveKey(secret, "drill receipts");
  return createPrivateKey({ key: Buffer.concat([PKCS8_OF_ED25519, seed]), format: "der", type: "pkcs8" });
}

/** What whoever checks a receipt needs, as a JSON Web Key; its `kid` stands in each receipt. */
export function publicReceiptKey(key: KeyObject): { kty: string; crv: string; x: string; kid: string; alg: string } {
  const { kty = "", crv = "", x = "" } = createPublicKey(key).export({ format: "jwk" });
  // RFC 7638: of the members that a key of this kind has to have, in this order.
  const thumbprint = createHash("sha256").update(JSON.stringify({ crv, kty, x })).digest("base64url");
  return { kty, crv, x, kid: thumbprint, alg: "EdDSA" };
}

/** Signs what a drill found. Whoever has the public key can check it without Lastgood. */
export function signReceipt(receipt: Readonly<Record<string, unknown>>, key: KeyObject): SignedReceipt {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = encode({ alg: "EdDSA", typ: "lastgood-drill+json", kid: publicReceiptKey(key).kid });
  const payload = encode(receipt);
  const signature = sign(null, Buffer.from(`${header}.${payload}`), key).toString("base64url");
  return { payload, protected: header, signature };
}
