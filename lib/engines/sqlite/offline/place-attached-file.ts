import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { appendWhole, UNFINISHED } from "../../../storage/durable-file.ts";

const CHUNK_BYTES = 1024 * 1024;
/** The folder's group reads and writes in it, and has what is made in it: Lastgood and the program share it. */
const SHARED = 0o2070;

/** Why a file is not written where it was; null: there is room for it. A log beside it would be taken for its own. */
export function whyNotThere(file: string): string | null {
  const there = ["", "-wal", "-shm", "-journal"].map((end) => `${file}${end}`).find((one) => fs.existsSync(one));
  if (there) return `${there} is there`;
  return fs.existsSync(path.dirname(file)) ? null : `${path.dirname(file)} is not there`;
}

/**
 * Copies a finished state to where an attached file was, durably, for the program that runs as the folder's owner (who owns the file where
 * we are root), and for its group where the folder is shared. Never replaces anything: throws `conflict` where something is there, or where
 * somebody exchanged the file meanwhile; then nothing of ours is left behind.
 * @param state absolute path, in a folder of ours
 * @param file absolute path; its folder is there, and may be somebody else's
 */
export async function placeAttachedFile(state: string, file: string, signal: AbortSignal): Promise<void> {
  const folder = fs.openSync(path.dirname(file), fs.constants.O_RDONLY | fs.constants.O_DIRECTORY);
  try {
    // Through its descriptor it stays this folder, whatever its owner puts under its name; not every system has that.
    const opened = `/proc/self/fd/${folder}`;
    const within = fs.existsSync(opened) ? opened : path.dirname(file);
    const name = path.basename(file);
    const draft = path.join(within, `${name}.${randomBytes(4).toString("hex")}${UNFINISHED}`);
    const fd = fs.openSync(draft, "wx", 0o600);
    try {
      await copyTo(fd, state, signal);
      const { uid, gid, mode } = fs.fstatSync(folder);
      // By descriptor alone: whoever owns the folder can lay a link under any of its names.
      if (process.getuid?.() === 0) fs.fchownSync(fd, uid, gid);
      fs.fchmodSync(fd, (mode & SHARED) === SHARED ? 0o660 : 0o600);
      fs.fsyncSync(fd);
      const taken = whyNotThere(file);
      if (taken) throw alreadyThere(taken);
      if (!isOurs(fd, draft)) throw exchanged();
      publish(fd, draft, path.join(within, name), folder);
    } finally {
      if (isOurs(fd, draft)) fs.rmSync(draft, { force: true });
      fs.closeSync(fd);
    }
  } finally {
    fs.closeSync(folder);
  }
}

async function copyTo(fd: number, state: string, signal: AbortSignal): Promise<void> {
  for await (const part of fs.createReadStream(state, { highWaterMark: CHUNK_BYTES, signal })) {
    await appendWhole(fd, part as Buffer);
  }
  if (fs.fstatSync(fd).size !== fs.statSync(state).size) throw new Error(`${state} was not copied whole`);
}

/** Gives the draft its name, which is durable then, or is not there. */
function publish(fd: number, draft: string, file: string, folder: number): void {
  try {
    link(draft, file);
    if (!isOurs(fd, file)) throw exchanged();
    fs.fsyncSync(folder);
  } catch (error) {
    if (isOurs(fd, file)) fs.rmSync(file, { force: true });
    const code = codeOf(error);
    if (code === "EEXIST") throw alreadyThere(`${path.basename(file)} is there`);
    throw code === "ENOENT" ? exchanged() : error;
  }
}

/** A hard link never replaces anything, and follows no link. */
function link(draft: string, file: string): void {
  try {
    fs.linkSync(draft, file);
  } catch (error) {
    // File systems without hard links: reserve the name, then replace what was reserved.
    if (!/^(EPERM|ENOTSUP|EOPNOTSUPP|ENOSYS)$/.test(codeOf(error))) throw error;
    fs.closeSync(fs.openSync(file, "wx", 0o600));
    fs.renameSync(draft, file);
  }
}

/** Whether this name is the open file, and no link to it. */
function isOurs(fd: number, name: string): boolean {
  const ours = fs.fstatSync(fd, { bigint: true });
  const there = fs.lstatSync(name, { bigint: true, throwIfNoEntry: false });
  return there?.ino === ours.ino && there.dev === ours.dev;
}

const codeOf = (error: unknown) => (error instanceof Error && "code" in error ? String(error.code) : "");

const alreadyThere = (what: string) =>
  new LastgoodError("conflict", `${what}, and nothing is ever overwritten.`, { hint: "Move it away." });

const exchanged = () =>
  new LastgoodError("conflict", "Somebody exchanged the file while it was written.", {
    hint: "Look at who can write in its folder.",
  });
