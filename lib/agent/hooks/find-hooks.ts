import { accessSync, constants, lstatSync, readdirSync, realpathSync, type Stats } from "node:fs";
import path from "node:path";
import type { HooksFound } from "../../domain/hooks.ts";

/** Whose hooks are looked for. */
export type HookOwner = { id: string; name: string };
export const HOOK_NAMES = { before: "before-restore", after: "after-restore" } as const;
export type HookMoment = keyof typeof HOOK_NAMES;
export type HookPaths = Record<HookMoment, string | null>;

const WRITABLE_BY_OTHERS = 0o022;
const STICKY = 0o1000;

/**
 * The programs that the operator of this machine has put into a folder, for a database: those in a folder of its id, else in one
 * of its name, else those in the folder itself. Nobody but the operator decides what runs: no text of anybody's becomes a
 * part of a path, it is only compared with the names of what is there. Throws naming the file that others could change.
 *
 * @param folder absolute; null: there are none
 */
export function findHooks(folder: string | null, owner: HookOwner): HookPaths {
  if (folder === null) return { before: null, after: null };
  const entries = readFolder(folder);
  const own = [owner.id, owner.name].find((name) => entries.includes(name) && isFolder(path.join(folder, name)));
  const chosen = own === undefined ? folder : path.join(folder, own);
  const present = own === undefined ? entries : readFolder(chosen);
  const pathOf = (moment: HookMoment) => {
    const name = HOOK_NAMES[moment];
    return present.includes(name) ? requireProgram(path.join(chosen, name)) : null;
  };
  return { before: pathOf("before"), after: pathOf("after") };
}

/** The same for people: which there are, or why none may run. */
export function describeHooks(folder: string | null, owner: HookOwner): HooksFound {
  try {
    const { before, after } = findHooks(folder, owner);
    return { before: before !== null, after: after !== null, problem: null };
  } catch (error) {
    return { before: false, after: false, problem: error instanceof Error ? error.message : String(error) };
  }
}

function readFolder(folder: string): string[] {
  const real = realpathSync(folder);
  for (let above = real; ; above = path.dirname(above)) {
    const stats = lstatSync(above);
    // In a folder like /tmp everybody may add files, but nobody can rename those of others.
    const isShared = above !== real && (stats.mode & STICKY) !== 0;
    requireOwn(above, stats, isShared);
    if (above === path.dirname(above)) break;
  }
  return readdirSync(real);
}

function isFolder(file: string): boolean {
  return lstatSync(file).isDirectory();
}

function requireProgram(file: string): string {
  const stats = lstatSync(file);
  if (!stats.isFile()) throw new Error(`${file} is no file of its own (a link is none).`);
  requireOwn(file, stats, false);
  try {
    accessSync(file, constants.X_OK);
  } catch (cause) {
    throw new Error(`${file} cannot be run: it is not executable for the agent's user.`, { cause });
  }
  return file;
}

/** What others can change is theirs to decide, and would run with the agent's rights. */
function requireOwn(file: string, { uid, mode }: Stats, mayBeWritable: boolean): void {
  const own = process.getuid?.();
  if (uid !== 0 && uid !== own) {
    throw new Error(`${file} belongs to another user (${uid}): it must be root's or the agent's own.`);
  }
  if (!mayBeWritable && (mode & WRITABLE_BY_OTHERS) !== 0) {
    throw new Error(`${file} can be changed by other users: take the right to write away from group and others.`);
  }
}
