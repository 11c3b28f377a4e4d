import { createHash } from "node:crypto";
import path from "node:path";
import { LastgoodError } from "../../domain/errors.ts";
import { disk } from "../disk.ts";
import { appendWhole, syncDirectory } from "../durable-file.ts";
import { type CopiedFile, HEADS, headKey, heldBytes, objectKey, type Piece } from "./copy-format.ts";
import type { CopyStores } from "./copy-stores.ts";
import { copyDamaged, type ReadHead, readHeads } from "./read-heads.ts";

/** The names of all copies that a store holds, or of those that begin so. Throws `storage_unavailable`. */
export async function listCopies({ raw }: CopyStores, prefix = ""): Promise<string[]> {
  const ids = new Set<string>();
  for await (const { key } of raw.list(`${HEADS}${prefix}`)) {
    const id = key.slice(HEADS.length).split("/")[0];
    if (id) ids.add(id);
  }
  return [...ids].sort();
}

/** The newest state of a copy that can be read. Throws `not_found`, `storage_damaged`, `storage_key_missing`. */
export async function openCopy(stores: CopyStores, copyId: string): Promise<ReadHead> {
  const heads = await readHeads(stores, copyId);
  const found = heads.find(({ head }) => head.isWhole) ?? heads[0];
  if (found) return found;
  const ids = await listCopies(stores);
  if (ids.includes(copyId))
    throw copyDamaged(`neither ${headKey(copyId, 0)} nor its other head can be read with the list of its files`);
  throw new LastgoodError("not_found", `There is no copy of ${copyId} in this store.`, {
    hint: ids.length === 0 ? "There is no copy of anything: look at bucket and prefix." : "List what is there first.",
  });
}

/** `missing`: files that could not be had whole, and why. */
export type BroughtBack = { files: number; bytes: number; missing: { path: string; why: string }[] };

export type BringBackRun = {
  signal: AbortSignal;
  /** Bytes; what it throws ends the bringing back. */
  progress(done: number, total: number): void;
  isWanted?(file: CopiedFile): boolean;
  /** The files that are in the directory already, by path; kept up to date. Left out: none. */
  kept?: Map<string, CopiedFile>;
};

/**
 * Writes the files of a copy into a directory that holds none of them but those of `run.kept`, each piece compared with its checksum, and all
 * of it durable when this answers. What changes often comes first: its pieces are the first to go while somebody still ships there. What the
 * store does not have whole is left out and told. Throws `storage_unavailable`, `storage_full`, the signal's reason.
 */
export async function bringBack(
  stores: CopyStores,
  { head, whole }: ReadHead,
  directory: string,
  run: BringBackRun,
): Promise<BroughtBack> {
  const { kept = new Map<string, CopiedFile>() } = run;
  const files = [...head.files, ...whole].filter((file) => run.isWanted?.(file) ?? true);
  const total = files.reduce((sum, file) => sum + heldBytes(file), 0);
  const result: BroughtBack = { files: 0, bytes: 0, missing: [] };
  disk.mkdirSync(directory, { recursive: true, mode: 0o700 });
  const folders = new Set([directory]);
  dropOthers(directory, kept, files);
  for (const file of files) {
    run.signal.throwIfAborted();
    if (kept.has(file.path)) {
      result.bytes += heldBytes(file);
      result.files += 1;
      continue;
    }
    const target = path.join(directory, file.path);
    makeFolders(directory, path.dirname(target), folders);
    try {
      await writeFile(stores, head.copyId, file, target, run.signal, (bytes) => {
        result.bytes += bytes;
        run.progress(result.bytes, total);
      });
      result.files += 1;
      kept.set(file.path, file);
    } catch (error) {
      disk.rmSync(target, { force: true });
      run.signal.throwIfAborted();
      if (!(error instanceof LastgoodError) || error.code !== "storage_damaged") throw explainFull(error, directory);
      result.missing.push({ path: file.path, why: error.message });
    }
  }
  for (const folder of folders) syncDirectory(folder);
  return result;
}

/** Removes what an earlier state of the copy had and this one has not, or has with other bytes. */
function dropOthers(directory: string, kept: Map<string, CopiedFile>, files: readonly CopiedFile[]): void {
  const wanted = new Map(files.map((file) => [file.path, file]));
  for (const [name, file] of kept) {
    const now = wanted.get(name);
    if (now && contentOf(now) === contentOf(file)) continue;
    disk.rmSync(path.join(directory, name), { force: true });
    kept.delete(name);
  }
}

/** The same for files with the same bytes, whichever objects these are stored in. */
const contentOf = ({ sizeBytes, content, pieces }: CopiedFile) =>
  JSON.stringify([sizeBytes, content, pieces.map(({ from, bytes, sha256 }) => [from, bytes, sha256])]);

async function writeFile(
  stores: CopyStores,
  copyId: string,
  file: CopiedFile,
  target: string,
  signal: AbortSignal,
  wrote: (bytes: number) => void,
): Promise<void> {
  const fd = disk.openSync(target, "wx", 0o600);
  try {
    if (file.content !== null) await appendWhole(fd, Buffer.from(file.content, "base64"));
    for (const piece of file.pieces) {
      for await (const bytes of readPiece(stores, copyId, piece)) {
        signal.throwIfAborted();
        await appendWhole(fd, bytes);
        wrote(bytes.length);
      }
    }
    if (file.content === null) disk.ftruncateSync(fd, file.sizeBytes);
    await disk.fsync(fd);
  } finally {
    disk.closeSync(fd);
  }
}

/** The bytes of a piece; throws `storage_damaged` behind the last of them where they are not what was shipped. */
export async function* readPiece(
  { open }: CopyStores,
  copyId: string,
  { object, bytes, sha256 }: Piece,
): AsyncIterable<Uint8Array> {
  const key = objectKey(copyId, object);
  const stored = await open.get(key);
  if (!stored) throw copyDamaged(`${key} is missing`);
  if (stored.sizeBytes !== bytes) throw copyDamaged(`${key} has another length than it was given`);
  const hash = createHash("sha256");
  for await (const part of stored.body) {
    hash.update(part);
    yield part;
  }
  if (hash.digest("hex") !== sha256) throw copyDamaged(`${key} was altered`);
}

function makeFolders(root: string, folder: string, made: Set<string>): void {
  if (made.has(folder)) return;
  if (folder !== root) makeFolders(root, path.dirname(folder), made);
  disk.mkdirSync(folder, { recursive: true, mode: 0o700 });
  made.add(folder);
}

function explainFull(error: unknown, directory: string): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) return error;
  return new LastgoodError("storage_full", `${directory}: the disk is full.`, {
    hint: "Make room there, or name another folder.",
  });
}
