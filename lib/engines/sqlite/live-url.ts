import { constants, lstatSync, realpathSync, type Stats } from "node:fs";
import path from "node:path";
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { LastgoodError } from "../../domain/errors.ts";

/**
 * How a live database is opened: it may be somebody else's, who can exchange its names for links to files that only
 * Lastgood may reach, and the disk that it lies on may be away. So no link is followed and nothing is ever made.
 */
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants;

/** Flags of a raw descriptor. It does not wait for the other end of a pipe either. */
export const PLAIN_READ = O_RDONLY | O_NOFOLLOW | O_NONBLOCK;
export const PLAIN_WRITE = O_RDWR | O_NOFOLLOW | O_NONBLOCK;

/** Throws `not_protected` where the database, its log, the log's index or its journal is a link. One that is missing is none. */
export function requireNoLink(file: string): void {
  for (const end of ["", "-wal", "-shm", "-journal"]) {
    if (lookAt(`${file}${end}`)?.isSymbolicLink()) throw refused(`${file}${end} is a link`);
  }
}

/** Throws `not_protected` where the database's folder is reached through a link. One that is missing is not. */
export function requireNoLinkedFolder(file: string): void {
  const folder = path.dirname(file);
  if (lookAt(folder) && realpathSync(folder) !== folder)
    throw refused(`The folder ${folder} is reached through a link`);
}

/** For SQLite: an existing file, opened for writing and never made. Throws `not_protected` where it is missing or a link. */
export function liveUrl(file: string): URL {
  requireNoLink(file);
  if (lookAt(file) === null) throw missing(file);
  const url = pathToFileURL(file);
  url.searchParams.set("mode", "rw");
  return url;
}

/** Opens a live database. Throws `not_protected` where it is missing or a link, SQLite's error where it cannot be opened. */
export function openLiveFile(file: string, options: DatabaseSyncOptions): DatabaseSync {
  const connection = new DatabaseSync(liveUrl(file), options);
  try {
    // SQLite itself follows a link: one that came since the look shows in the place that it says to have opened.
    const place = path.join(realpathSync(path.dirname(file)), path.basename(file));
    if (connection.location() !== place) throw refused(`${file} was a link`);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

/** Null: there is nothing. Undefined: nobody may look, which whoever opens it then meets as well. */
function lookAt(file: string): Stats | null | undefined {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) ?? null;
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "EACCES" || error.code === "EPERM"))
      return undefined;
    throw error;
  }
}

function refused(what: string): LastgoodError {
  return new LastgoodError("not_protected", `${what}, and could lead to somebody else's file: Lastgood follows none.`, {
    hint: "Nothing was changed. Find out who made the link, and put the database's own files back in their place.",
    outcome: "nothing",
  });
}

function missing(file: string): LastgoodError {
  return new LastgoodError("not_protected", `There is no file at ${file} any more.`, {
    hint: "Nothing was changed. Put the database back, or mount the disk that it lies on, and try again.",
    outcome: "nothing",
  });
}
