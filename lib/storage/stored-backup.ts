/**
 * A backup as it lies in a store, below `<databaseId>/<backupId>/`: its body (`image` or `document.json.zst`, frames of zstd) and
 * `manifest.json`, which is written last. See lib/engines/FORMAT.md.
 */
import { createHash } from "node:crypto";
import {
  type BackupBody,
  type BackupManifest,
  backupManifestSchema,
  MANIFEST_NAME,
} from "../domain/backup-manifest.ts";
import { LastgoodError } from "../domain/errors.ts";
import { findFrames, packFrames, unpackFrames } from "./framed-zstd.ts";
import { type ByteRange, readBody, type Storage } from "./storage.ts";

/** What `head` of a body is good for: engines tell by it what it is. */
const HEAD_BYTES = 1024;
/** A manifest of a terabyte has a few megabytes of frames. */
const MOST_MANIFEST_BYTES = 64 * 1024 * 1024;

/** Packs a body and stores it. Throws as `Storage.put` does, and the body's own error; then it is not there. */
export async function putBody(
  storage: Storage,
  prefix: string,
  name: string,
  body: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<BackupBody> {
  const packed = packFrames(body);
  await storage.put(`${prefix}/${name}`, packed.body, signal);
  return { name, ...packed.facts() };
}

/** Writes down that a backup is whole: from then on it exists. */
export async function putManifest(storage: Storage, prefix: string, manifest: BackupManifest): Promise<void> {
  const text = Buffer.from(`${JSON.stringify(backupManifestSchema.parse(manifest))}\n`);
  await storage.put(`${prefix}/${MANIFEST_NAME}`, once(text));
}

/** Null where there is none: then no backup exists there. Throws `storage_damaged` for one that cannot be understood. */
export async function readManifest(storage: Storage, prefix: string): Promise<BackupManifest | null> {
  const stored = await storage.get(`${prefix}/${MANIFEST_NAME}`);
  if (!stored) return null;
  if (stored.sizeBytes > MOST_MANIFEST_BYTES) throw damaged(prefix, "its manifest is far too large");
  const parsed = backupManifestSchema.safeParse(parseJson(await readBody(stored.body)));
  if (!parsed.success) throw damaged(prefix, `its manifest cannot be read (${parsed.error.issues[0]?.message})`);
  return parsed.data;
}

/**
 * The bytes that a backup holds, or a part of them, unpacked. The whole is checked against its sum, and throws `storage_damaged`
 * at its end at the latest: nobody may use it before. Of a part each frame is checked.
 */
export async function* readBackupBody(
  storage: Storage,
  prefix: string,
  { body }: Pick<BackupManifest, "body">,
  range: ByteRange | null = null,
): AsyncGenerator<Uint8Array> {
  const { start, length } = range ?? { start: 0, length: body.rawBytes };
  const hash = range === null ? createHash("sha256") : null;
  const { first, count, stored, skip } = findFrames(body, { start, length });
  let at = -skip;
  const object = await getBody(storage, prefix, body, stored);
  for await (const raw of unpackFrames(object, body, { first, count })) {
    hash?.update(raw);
    const piece = raw.subarray(Math.max(0, -at), Math.max(0, length - at));
    at += raw.length;
    if (piece.length > 0) yield piece;
  }
  if (hash && hash.digest("hex") !== body.sha256) throw damaged(prefix, "its bytes are not those that were stored");
}

/** Reads a backup whole. Throws `storage_damaged` unless it is what its manifest says; answers its first kilobyte. */
export async function verifyBody(
  storage: Storage,
  prefix: string,
  { body }: Pick<BackupManifest, "body">,
  report: (doneBytes: number) => void,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const stored = createHash("sha256");
  const raw = createHash("sha256");
  const head: Uint8Array[] = [];
  let done = 0;
  async function* listened(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const piece of bytes) {
      signal.throwIfAborted();
      stored.update(piece);
      yield piece;
    }
  }
  const whole = { start: 0, length: body.sizeBytes };
  for await (const piece of unpackFrames(listened(await getBody(storage, prefix, body, whole)), body)) {
    raw.update(piece);
    if (done < HEAD_BYTES) head.push(piece.slice(0, HEAD_BYTES - done));
    done += piece.length;
    report(done);
  }
  if (stored.digest("hex") !== body.storedSha256)
    throw damaged(prefix, "its stored bytes are not those that were stored");
  if (done !== body.rawBytes || raw.digest("hex") !== body.sha256) {
    throw damaged(prefix, "its bytes are not those that were stored");
  }
  return Buffer.concat(head);
}

/** Removes a backup: the manifest first, so that none is ever seen whose body has gone. */
export async function removeBackup(storage: Storage, prefix: string): Promise<void> {
  await storage.remove(`${prefix}/${MANIFEST_NAME}`);
  const keys: string[] = [];
  for await (const { key } of storage.list(`${prefix}/`)) keys.push(key);
  for (const key of keys) await storage.remove(key);
}

async function getBody(
  storage: Storage,
  prefix: string,
  body: BackupBody,
  range: ByteRange,
): Promise<AsyncIterable<Uint8Array>> {
  const key = `${prefix}/${body.name}`;
  const found = await storage.find(key);
  if (!found) throw damaged(prefix, "its bytes are gone");
  if (found.sizeBytes !== body.sizeBytes) {
    throw damaged(prefix, `it has ${found.sizeBytes} stored bytes instead of ${body.sizeBytes}`);
  }
  const stored = await storage.get(key, range);
  if (!stored) throw damaged(prefix, "its bytes are gone");
  return stored.body;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function damaged(prefix: string, cause: string): LastgoodError {
  return new LastgoodError("storage_damaged", `The backup ${prefix} is damaged: ${cause}.`, {
    hint: "Use another backup, and look at the disk or bucket that this one lies on.",
  });
}
