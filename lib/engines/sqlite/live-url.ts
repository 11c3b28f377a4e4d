import { realpathSync } from "node:fs";
import path from "node:path";
import { DatabaseSync, type DatabaseSyncOptions } from "node:sqlite";
import { pathToFileURL } from "node:url";
import { LastgoodError } from "../../domain/errors.ts";
import { isLink, lookAt, requireNoLink } from "./plain-files.ts";

/*
 * How SQLite opens a live database: it may be somebody else's, who can exchange its names for links, and the disk that it lies on may
 * be away. So no link is followed and nothing is ever made.
 */

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
    if (connection.location() !== place) throw isLink(`${file} was a link`);
    return connection;
  } catch (error) {
    connection.close();
    throw error;
  }
}

function missing(file: string): LastgoodError {
  return new LastgoodError("not_protected", `There is no file at ${file} any more.`, {
    hint: "Nothing was changed. Put the database back, or mount the disk that it lies on, and try again.",
    outcome: "nothing",
  });
}
