import { constants } from "node:fs";
import { access, lstat, realpath, stat, statfs } from "node:fs/promises";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import type { Finding, Preflight } from "../../../domain/preflight.ts";
import { runChild } from "../../processes/run-child.ts";
import { isBelow, placeAttachPath } from "./attach-path.ts";
import { groupsOfUser, judgeSharing } from "./group-access.ts";
import type { Inspected, InspectQuestion } from "./inspect-database-child.ts";
import { networkFileSystem } from "./network-file-system.ts";
import * as refusals from "./refusals.ts";

export type PreflightSurroundings = {
  /** Folders below which files may be attached. */
  attachRoots: readonly string[];
  /** Files and folders of our own. */
  ownPaths: readonly string[];
  /** Paths that are attached or hosted already. */
  registered: readonly string[];
  /** Where base image and mirror will lie. */
  dataDirectory: string;
};

const INSPECT_TIMEOUT_MS = 15_000;
/** Base image and mirror, and some room for the history itself. */
const ROOM_FACTOR = 2.2;

type FileIdentity = { dev: bigint; ino: bigint };
type Found = { refusals: Finding[]; warnings: Finding[] };

/**
 * Looks whether a file can be protected where it is, changing nothing. Follows no symbolic link below an attach root; the
 * file itself is only opened in a child process, since this one must never hold or drop a lock of a live database.
 */
export async function preflightFile(input: string, surroundings: PreflightSurroundings): Promise<Preflight> {
  const roots = await Promise.all(surroundings.attachRoots.map(resolveRoot));
  const placed = placeAttachPath(input, roots);
  const empty = {
    path: placed.path,
    warnings: [],
    sizeBytes: null,
    pageSizeBytes: null,
    journalMode: null,
    tables: null,
  };
  if (placed.refusal) return { ...empty, ok: false, refusals: [placed.refusal] };
  const first = await checkKind(placed.path, surroundings);
  if ("code" in first) return { ...empty, ok: false, refusals: [first] };
  const sizeBytes = Number(first.size);
  const found = await checkSurroundings(placed.path, first, surroundings);
  // A file that must not be opened is not: its mount or its owner says enough.
  if (found.refusals.length > 0) return { ...empty, ...found, ok: false, sizeBytes };
  const companions = await checkCompanions(placed.path, first);
  found.warnings.push(...companions.warnings);
  if (companions.refusals.length > 0) return { ...empty, ...found, ...companions, ok: false, sizeBytes };
  const inspected = await inspect({ path: placed.path, device: `${first.dev}`, inode: `${first.ino}` });
  found.refusals.push(...refusals.fromInspection(inspected, placed.path));
  const { header, opened } = inspected;
  return {
    ...empty,
    ...found,
    ok: found.refusals.length === 0,
    sizeBytes,
    pageSizeBytes: header.kind === "sqlite" ? header.pageSizeBytes : null,
    journalMode: opened?.journalMode ?? null,
    tables: opened?.tables ?? null,
  };
}

async function resolveRoot(configured: string): Promise<{ configured: string; real: string }> {
  const absolute = path.resolve(configured);
  try {
    return { configured: absolute, real: await realpath(absolute) };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return { configured: absolute, real: absolute };
    throw error;
  }
}

type FileStat = FileIdentity & { size: bigint; uid: bigint; gid: bigint; mode: bigint };

/** That there is a regular file, reached through no link, that is none of ours. */
async function checkKind(file: string, { ownPaths, registered }: PreflightSurroundings): Promise<FileStat | Finding> {
  try {
    if ((await realpath(path.dirname(file))) !== path.dirname(file)) return refusals.symlink(path.dirname(file));
    const found = await lstat(file, { bigint: true });
    if (found.isSymbolicLink()) return refusals.symlink(file);
    if (found.isDirectory()) return refusals.directory;
    if (!found.isFile()) return refusals.notRegular;
    if (found.nlink > 1n) return refusals.hardLink;
    if (await isAmong(file, found, ownPaths)) return refusals.own;
    if (await isAmong(file, found, registered)) return refusals.alreadyAttached;
    return found;
  } catch (error) {
    const code = errorCode(error);
    if (code === "ENOENT" || code === "ENOTDIR") return refusals.missing;
    if (code === "EACCES" || code === "EPERM") return refusals.unreadable(file);
    if (code === "ENAMETOOLONG" || code === "ELOOP") return refusals.symlink(file);
    throw error;
  }
}

/** Whether the file, or a folder that it lies in, is one of the given ones: by inode, so that a second mount is noticed. */
async function isAmong(file: string, found: FileIdentity, others: readonly string[]): Promise<boolean> {
  const known = await Promise.all(others.map(identify));
  const places: (FileIdentity | null)[] = [found];
  for (let folder = path.dirname(file); ; folder = path.dirname(folder)) {
    places.push(await identify(folder));
    if (folder === path.dirname(folder)) break;
  }
  const same = places.some((a) => a && known.some((b) => b && a.dev === b.dev && a.ino === b.ino));
  return same || others.some((other) => other === file || isBelow(file, other));
}

async function identify(file: string): Promise<FileIdentity | null> {
  try {
    return await stat(file, { bigint: true });
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** Where the file lies and whose it is. */
async function checkSurroundings(
  file: string,
  found: FileStat,
  { dataDirectory }: PreflightSurroundings,
): Promise<Found> {
  const result: Found = { refusals: [], warnings: [] };
  const network = networkFileSystem((await statfs(file)).type);
  if (network) result.refusals.push(refusals.networkMount(network));
  const us = process.geteuid?.() ?? 0;
  const shared = us === 0 || Number(found.uid) === us ? null : await checkSharing(file, found);
  if (shared?.warning) result.warnings.push(shared.warning);
  if (shared?.refusal) result.refusals.push(shared.refusal);
  else {
    if (!(await isWritable(file))) result.refusals.push(refusals.readOnly("The file"));
    if (!(await isWritable(path.dirname(file)))) result.refusals.push(refusals.readOnly("The folder of the file"));
  }
  const data = await statfs(dataDirectory);
  const neededBytes = Number(found.size) * ROOM_FACTOR;
  const freeBytes = data.bavail * data.bsize;
  if (freeBytes < neededBytes) result.refusals.push(refusals.tooLittleDisk(neededBytes, freeBytes));
  return result;
}

async function checkSharing(file: string, found: FileStat) {
  const folder = await stat(path.dirname(file));
  const accessOf = ({ uid, gid, mode }: { uid: bigint | number; gid: bigint | number; mode: bigint | number }) => ({
    uid: Number(uid),
    gid: Number(gid),
    mode: Number(mode),
  });
  return judgeSharing({
    file: accessOf(found),
    folder: accessOf(folder),
    ownGroup: process.getegid?.() ?? 0,
    ownGroups: process.getgroups?.() ?? [],
    ownersGroups: await groupsOfUser(Number(found.uid)),
  });
}

async function isWritable(file: string): Promise<boolean> {
  try {
    await access(file, constants.R_OK | constants.W_OK);
    return true;
  } catch (error) {
    if (["EACCES", "EROFS", "EPERM"].includes(errorCode(error) ?? "")) return false;
    throw error;
  }
}

async function inspect(question: InspectQuestion): Promise<Inspected> {
  try {
    const script = new URL("./inspect-database-child.ts", import.meta.url);
    return await runChild<Inspected>({ script, input: question, timeoutMs: INSPECT_TIMEOUT_MS });
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    const header = { kind: "none" } as const;
    return { swapped: false, header, opened: null, problem: "unreadable", problemText: error.message };
  }
}

/**
 * The log and its index must stay writable for the program that owns the database. SQLite gives those it creates as root to
 * the database's owner; ones that somebody else left behind can lock the program out, and a link could lead anywhere.
 */
async function checkCompanions(file: string, found: FileStat): Promise<Found> {
  const result: Found = { refusals: [], warnings: [] };
  for (const companion of [`${file}-wal`, `${file}-shm`]) {
    const identity = await lstat(companion, { bigint: true }).catch((error: unknown) => {
      if (errorCode(error) === "ENOENT") return null;
      throw error;
    });
    if (!identity) continue;
    if (!identity.isFile() || identity.nlink > 1n) result.refusals.push(refusals.oddCompanion(companion));
    else if (identity.uid !== found.uid && !isReachedByGroup(identity, found)) {
      result.warnings.push(refusals.foreignCompanion(companion, Number(found.uid)));
    }
  }
  return result;
}

const isReachedByGroup = (companion: { gid: bigint; mode: bigint }, { gid }: FileStat) =>
  companion.gid === gid && (companion.mode & 0o060n) === 0o060n;

function errorCode(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
