import { createHash } from "node:crypto";
import { createReadStream, openSync, readFileSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { PassThrough, type Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { answerJob } from "../../processes/answer-job.ts";
import { type ListedFile, listManifest } from "../bases/list-manifest.ts";
import { TarFault } from "./tar-header.ts";
import { TarUnpacker } from "./tar-unpacker.ts";

export type PackedFile = {
  file: string;
  sizeBytes: number;
  sha256: string;
  /** The folder that it is unpacked into. */
  into: string;
  /** Whether the manifest lists what is in it. */
  isListed: boolean;
};

export type UnpackOrder = {
  packed: PackedFile[];
  /** Null: there is none. */
  manifest: { file: string; sha256: string } | null;
  /** Whom the unpacked files belong to; null: whoever Lastgood runs as. */
  user: { uid: number; gid: number } | null;
  /** Files of pages need not be compared with the manifest, whose checksums are the most of the work. */
  pagesAreChecked: boolean;
};

/** `bad`: the first file of the base that is not what was taken, and what is the matter with it. `files`: how many its manifest lists. */
export type UnpackAnswer = { bad: { file: string; what: string } | null; files: number };

const PIECE_BYTES = 1024 * 1024;
/** Of what is unpacked at a time: small enough that memory is used again rather than asked for anew. */
const UNPACKED_BYTES = 256 * 1024;
const AHEAD_BYTES = 4 * 1024 * 1024;

/**
 * Unpacks a base as the cluster's user. Everything of Lastgood's is opened before that user is taken on, and nothing of the
 * archive is looked at before.
 */
await answerJob<UnpackOrder>(async ({ packed, manifest, user, pagesAreChecked }, report): Promise<UnpackAnswer> => {
  const opened = packed.map((one) => ({ ...one, fd: openSync(one.file, "r"), again: openSync(one.file, "r") }));
  const listing = manifest && readFileSync(manifest.file);
  process.umask(0o077);
  // Afterwards it could not be written: what the next one begins sooner with.
  flushCompileCache();
  if (user) {
    process.setgroups?.([user.gid]);
    process.setgid?.(user.gid);
    process.setuid?.(user.uid);
  }
  if (manifest && listing && createHash("sha256").update(listing).digest("hex") !== manifest.sha256)
    return { bad: { file: manifest.file, what: "was changed" }, files: 0 };
  const listed = listing && listManifest(listing);
  const files = listed?.size ?? 0;
  const total = packed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  let done = 0;
  for (const one of opened) {
    const what = await unpackOne(one, { listed, pagesAreChecked }, (bytes) => {
      done += bytes;
      report(done, total);
    });
    if (what !== null) return { bad: { file: one.file, what }, files };
  }
  return { bad: null, files };
});

/** Null, or what is the matter with it. */
async function unpackOne(
  one: PackedFile & { fd: number; again: number },
  { listed, pagesAreChecked }: { listed: Map<string, ListedFile> | null; pagesAreChecked: boolean },
  read: (bytes: number) => void,
): Promise<string | null> {
  const packed = createReadStream("", { fd: one.fd, highWaterMark: PIECE_BYTES });
  const hash = createHash("sha256");
  packed.on("data", (piece: string | Buffer) => {
    hash.update(piece);
    read(piece.length);
  });
  const unpacked = unpackerOf(one.file);
  packed.once("error", (error) => unpacked.destroy(error));
  const unpacker = new TarUnpacker(one.into, { listed: one.isListed ? listed : null, pagesAreChecked });
  try {
    for await (const piece of packed.pipe(unpacked)) await unpacker.take(piece as Buffer);
    await unpacker.end();
    return hash.digest("hex") === one.sha256 ? null : "was changed";
  } catch (error) {
    packed.destroy();
    await unpacker.abandon();
    if (!(error instanceof TarFault) && !isUndecodable(error)) throw error;
    // What it holds is not what was taken; whether that is the file's own fault its sum tells.
    const isChanged = (await sumOf(one.again)) !== one.sha256;
    const what = error instanceof TarFault ? error.message : `cannot be unpacked (${(error as Error).message})`;
    return isChanged ? `was changed (${what})` : `does not hold what was taken: ${what}`;
  }
}

async function sumOf(fd: number): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream("", { fd, highWaterMark: PIECE_BYTES })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

function unpackerOf(name: string): Transform {
  const options = { chunkSize: UNPACKED_BYTES, readableHighWaterMark: AHEAD_BYTES };
  if (name.endsWith(".zst")) return createZstdDecompress(options);
  return name.endsWith(".gz") ? createGunzip(options) : new PassThrough({ readableHighWaterMark: AHEAD_BYTES });
}

/** https://nodejs.org/api/errors.html: zlib's, zstd's, and the one for what ends too early. */
function isUndecodable(error: unknown): boolean {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return /^(Z_|ZSTD_|ERR_ZLIB|ERR_BUFFER_TOO_LARGE)/.test(code);
}
