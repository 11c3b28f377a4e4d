import { randomBytes } from "node:crypto";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { disk } from "../../../storage/disk.ts";
import { syncDirectory } from "../../../storage/durable-file.ts";

/**
 * Has a new file written under another name beside it; it gets its own name once `write` is done, and never replaces one that is
 * there. `write` makes the file durable itself. Throws `conflict` when there is one, `storage_full`, and what `write` throws; then
 * nothing is left behind.
 * @param output absolute path of a file that does not exist; its folder does
 * @param sizeBytes expected, for the question whether it fits
 */
export async function writeNewFile<T>(
  output: string,
  sizeBytes: number,
  write: (draft: string) => Promise<T>,
): Promise<T> {
  requireFreeName(output);
  requireRoom(path.dirname(output), sizeBytes);
  const draft = `${output}.${randomBytes(4).toString("hex")}.new`;
  reserve(draft);
  try {
    const written = await write(draft);
    publish(draft, output);
    return written;
  } finally {
    disk.rmSync(draft, { force: true });
  }
}

/** SQLite would lay a log that was left behind under this name over the new file. */
function requireFreeName(output: string): void {
  if (disk.statSync(output, { throwIfNoEntry: false })) throw alreadyThere(output);
  const left = ["-wal", "-shm", "-journal"].map((ending) => output + ending).filter((file) => disk.existsSync(file));
  if (left.length === 0) return;
  throw new LastgoodError(
    "conflict",
    `${left.join(" and ")} of an earlier database would be taken for the new file's.`,
    {
      hint: "Move it away, or name another file.",
    },
  );
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

function reserve(file: string): void {
  try {
    disk.closeSync(disk.openSync(file, "wx", 0o600));
  } catch (error) {
    const folder = path.dirname(file);
    const why = { ENOENT: "does not exist", ENOTDIR: "is no folder", EROFS: "is read-only" }[codeOf(error)];
    if (why === undefined) throw error;
    throw new LastgoodError("not_found", `The folder ${folder} ${why}: the result cannot be written there.`, {
      hint: "Make the folder first, or name a file in another one.",
    });
  }
}

/** Gives the finished file its name unless that is taken; a hard link refuses to replace anything. */
function publish(draft: string, output: string): void {
  try {
    disk.linkSync(draft, output);
  } catch (error) {
    if (codeOf(error) === "EEXIST") throw alreadyThere(output);
    // File systems without hard links: reserve the name, then replace what was reserved.
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(codeOf(error))) throw error;
    reserveName(output);
    disk.renameSync(draft, output);
  }
  disk.rmSync(draft, { force: true });
  syncDirectory(path.dirname(output));
}

function reserveName(output: string): void {
  try {
    disk.closeSync(disk.openSync(output, "wx", 0o600));
  } catch (error) {
    throw codeOf(error) === "EEXIST" ? alreadyThere(output) : error;
  }
}

function requireRoom(folder: string, sizeBytes: number): void {
  if (!disk.existsSync(folder)) return;
  const { bavail, bsize } = disk.statfsSync(folder);
  if (bavail * bsize >= sizeBytes) return;
  throw new LastgoodError("storage_full", `${folder} has too little room: the state takes ${sizeBytes} bytes.`, {
    hint: `Free ${Math.ceil((sizeBytes - bavail * bsize) / 1024 / 1024)} MiB there, or name a file on another disk.`,
  });
}

function alreadyThere(output: string): LastgoodError {
  return new LastgoodError("conflict", `${output} is there already, and nothing is ever overwritten.`, {
    hint: "Name a file that does not exist.",
  });
}
