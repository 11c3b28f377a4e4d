import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  hkdfSync,
  type KeyObject,
  randomBytes,
  randomUUID,
  timingSafeEqual,
} from "node:crypto";
import {
  type Enrolled,
  type EnrolmentAnswer,
  type EnrolmentRequest,
  enrolledSchema,
  type MachineFacts,
} from "../../domain/enrolment.ts";

/*
 * How a machine becomes an agent, over a connection that may not even be encrypted. Of the token both sides make a key K. The machine
 * sends an X25519 key and proves K by an HMAC over all that it says; the console answers with an X25519 key of its own and with what the
 * machine is to keep, sealed (AES-256-GCM) under a key of what both X25519 keys agree upon and K. Whoever listens along learns nothing,
 * neither then nor with a token found later; whoever answers in the console's place has no K.
 */
const TOKEN = /^lge_([0-9a-f]{8})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{4})([0-9a-f]{12})_([A-Za-z0-9_-]{43})$/;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (id: string, secret: string) =>
  Buffer.from(hkdfSync("sha256", Buffer.from(secret, "base64url"), "lastgood", `enrolment ${id}`, 32));

/** A new token, and what of it is kept: its id and the key that is made of it. */
export function makeEnrolmentToken(): { id: string; token: string; key: Buffer } {
  const [id, secret] = [randomUUID(), randomBytes(32).toString("base64url")];
  return { id, token: `lge_${id.replaceAll("-", "")}_${secret}`, key: keyOf(id, secret) };
}

/** Null for what is no such token. */
export function readEnrolmentToken(token: string): { id: string; key: Buffer } | null {
  const found = TOKEN.exec(token.trim());
  if (!found) return null;
  const id = found.slice(1, 6).join("-");
  return { id, key: keyOf(id, found[6] ?? "") };
}

/** Asks for an enrolment; `open` reads the console's answer, null where it is not of a console that has the token's key. */
export function beginEnrolment({ id, key }: { id: string; key: Buffer }, machine: MachineFacts) {
  const pair = generateKeyPairSync("x25519");
  const said = { enrolmentId: id, publicKey: writeKey(pair.publicKey), machine };
  const request: EnrolmentRequest = { ...said, proof: proofOf(key, said).toString("hex") };
  const open = (answer: EnrolmentAnswer): Enrolled | null => {
    const seal = sealKey(key, request, { own: pair.privateKey, theirs: answer.publicKey, console: answer.publicKey });
    const bytes = Buffer.from(answer.sealed, "base64url");
    if (seal === null || bytes.length < NONCE_BYTES + TAG_BYTES) return null;
    try {
      const decipher = createDecipheriv("aes-256-gcm", seal, bytes.subarray(0, NONCE_BYTES), {
        authTagLength: TAG_BYTES,
      }).setAuthTag(bytes.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
      const text = Buffer.concat([decipher.update(bytes.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
      return enrolledSchema.parse(JSON.parse(text.toString("utf8")));
    } catch (error) {
      if (error instanceof Error) return null;
      throw error;
    }
  };
  return { request, open };
}

/** Whether a request was made by who has the token. */
export function provesToken(key: Buffer, { proof, ...said }: EnrolmentRequest): boolean {
  return timingSafeEqual(Buffer.from(proof, "hex"), proofOf(key, said));
}

/** The console's answer; null where the machine's public key is none. */
export function sealEnrolled(key: Buffer, request: EnrolmentRequest, enrolled: Enrolled): EnrolmentAnswer | null {
  const pair = generateKeyPairSync("x25519");
  const publicKey = writeKey(pair.publicKey);
  const seal = sealKey(key, request, { own: pair.privateKey, theirs: request.publicKey, console: publicKey });
  if (seal === null) return null;
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", seal, nonce);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(enrolled), "utf8"), cipher.final()]);
  return { publicKey, sealed: Buffer.concat([nonce, cipher.getAuthTag(), sealed]).toString("base64url") };
}

function proofOf(key: Buffer, { enrolmentId, publicKey, machine }: Omit<EnrolmentRequest, "proof">): Buffer {
  const { machineId, hostName, socketPath, hosted, clusters } = machine;
  const parts = ["enrol", enrolmentId, publicKey, machineId, hostName, socketPath, hosted, clusters];
  return createHmac("sha256", key).update(JSON.stringify(parts)).digest();
}

/** Null for a public key with which nothing can be agreed upon. */
function sealKey(
  key: Buffer,
  { enrolmentId, publicKey: machine }: EnrolmentRequest,
  { own, theirs, console }: { own: KeyObject; theirs: string; console: string },
): Buffer | null {
  try {
    const agreed = diffieHellman({ privateKey: own, publicKey: readKey(theirs) });
    const info = JSON.stringify(["enrolled", enrolmentId, machine, console]);
    return Buffer.from(hkdfSync("sha256", agreed, key, info, 32));
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

const writeKey = (key: KeyObject) => key.export({ format: "jwk" }).x ?? "";
const readKey = (x: string) => createPublicKey({ key: { kty: "OKP", crv: "X25519", x }, format: "jwk" });
