import { constants, lstatSync, realpathSync, type Stats } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../domain/errors.ts";

/**
 * What is asked of a live database's files before they are opened: they may be somebody else's, who can exchange their names for links
 * to files that only Lastgood may reach. Beside `live-url.ts`, for processes in which SQLite has no place.
 */
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** Flags of a raw descriptor. It does not wait for the other end of a pipe either. */
export const PLAIN_READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
export const PLAIN_WRITE = O_RDWR | O_NOFOLLOW | O_NONBLOCK;

/** Throws `not_protected` where the database, its log, the log's index or its journal is a link. One that is missing is none. */
export function requireNoLink(file: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) {
    if (lookAt(`${file}${end}`)?.isSymbolicLink()) throw isLink(`${file}${end} is a link`);
  }
}

/** Throws `not_protected` where the database's folder is reached through a link. One that is missing is not. */
export function requireNoLinkedFolder(file: string): void {
  const folder = path.dirname(file);
  if (lookAt(folder) && realpathSync(folder) !== folder) throw isLink(`The folder ${folder} is reached through a link`);
}

/** What is at a path, links not followed. Null: nothing. Undefined: nobody may look, which whoever opens it then meets as well. */
export function lookAt(file: string): Stats | null | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM"))
      return undefined;
    throw error;
  }
}

/** The words for it. */
export function isLink(what: string): LastgoodError {
  return new LastgoodError("not_protected", `${what}, and could lead to somebody else's file: Lastgood follows none.`, {
    hint: "Nothing was changed. Find out who made the link, and put the database's own files back in their place.",
    outcome: "nothing",
  });
}
