import type { Finding } from "../../../domain/preflight.ts";
import type { Inspected } from "./inspect-database-child.ts";

/** Every reason not to attach a file, each with its name and its remedy. */
export const missing: Finding = {
  code: "missing",
  cause: "There is no file under this path.",
  remedy: "Check the path; it is taken on the machine where the agent runs.",
};
export const directory: Finding = {
  code: "directory",
  cause: "The path is a folder.",
  remedy: "Give the path of the database file in it.",
};
export const notRegular: Finding = {
  code: "not_regular",
  cause: "The path is a pipe, a socket or a device.",
  remedy: "Give the path of a database file.",
};
export const hardLink: Finding = {
  code: "hard_link",
  cause: "The file has several names (hard links), and SQLite keeps a log beside each name.",
  remedy: "Remove the other names, or copy the file and let your program use the copy.",
};
export const own: Finding = {
  code: "own_file",
  cause: "The file belongs to Lastgood itself.",
  remedy: "Choose a database of yours.",
};
export const alreadyAttached: Finding = {
  code: "already_attached",
  cause: "The file is protected already.",
  remedy: "Look for it in the list of databases.",
};

export function symlink(at: string): Finding {
  return {
    code: "symlink",
    cause: `${at} is or leads through a symbolic link.`,
    remedy: "Give the path of the file itself; the link could be turned to another file later.",
  };
}

export function unreadable(file: string): Finding {
  return {
    code: "unreadable",
    cause: `${file} cannot be read by the user who runs Lastgood.`,
    remedy: "Give that user access to the file and its folder, or run Lastgood as the file's owner.",
  };
}

export function networkMount(kind: string): Finding {
  return {
    code: "network_mount",
    cause: `The file lies on a network or shared file system (${kind}), where SQLite's log does not work reliably.`,
    remedy: "Move the database to a local disk, or run an agent where the disk is.",
  };
}

export function noSharedGroup(uid: number, gid: number): Finding {
  return {
    code: "other_owner",
    cause: `The file belongs to another user (uid ${uid}), and no group that both are in: what Lastgood creates beside it would lock its program out.`,
    remedy: `Give Lastgood's user the group of the program, folder and file to that group (now ${gid}), and chmod 2770 to the folder, 660 to the file; docs/guides/services.md shows it. Or run Lastgood as uid ${uid} or as root.`,
  };
}

export function unknownMember(uid: number, gid: number): Finding {
  return {
    code: "unknown_member",
    cause: `The file belongs to uid ${uid}, whom this machine does not know: whether that user is in the group ${gid} cannot be told.`,
    remedy: `Make sure that it is: what Lastgood creates beside the file is reached by the group ${gid} alone.`,
  };
}

export function readOnly(what: string): Finding {
  return {
    code: "read_only",
    cause: `${what} cannot be written.`,
    remedy: "Allow the user who runs Lastgood to write there: SQLite's log lies beside the database.",
  };
}

export function tooLittleDisk(neededBytes: number, freeBytes: number): Finding {
  const mebibytes = (bytes: number) => `${Math.ceil(bytes / 1024 / 1024)} MiB`;
  return {
    code: "low_disk",
    cause: `The first image needs ${mebibytes(neededBytes)}; ${mebibytes(freeBytes)} are free in the data directory.`,
    remedy: "Free some space or move LASTGOOD_DATA to a larger disk.",
  };
}

export function foreignCompanion(file: string, uid: number): Finding {
  return {
    code: "companion_owner",
    cause: `${file} belongs to another user than the database.`,
    remedy: `Give it to the database's owner: chown ${uid} ${file}`,
  };
}

export function oddCompanion(file: string): Finding {
  return {
    code: "odd_companion",
    cause: `${file} is no plain file of its own: a folder, a link or something else in the place of SQLite's log.`,
    remedy: "End the program that uses the database, look where this came from, and remove it.",
  };
}

/** What follows from the child's look into the file. Empty when nothing speaks against attaching it. */
export function fromInspection({ swapped, header, opened, problem, problemText }: Inspected, file: string): Finding[] {
  if (problem === "unreadable") return [unreadable(file)];
  if (swapped) {
    return [
      {
        code: "swapped",
        cause: "The file was replaced while it was looked at.",
        remedy: "Check who replaces it, then try again.",
      },
    ];
  }
  if (header.kind === "encrypted") {
    return [
      {
        code: "encrypted",
        cause: "The file looks encrypted.",
        remedy: "Encrypted databases (SQLCipher, SEE) cannot be protected.",
      },
    ];
  }
  if (header.kind === "none") {
    return [{ code: "no_database", cause: "The file is no SQLite database.", remedy: "Check the path." }];
  }
  if (header.reservedBytes !== 0) {
    return [
      {
        code: "reserved_bytes",
        cause: `An extension keeps ${header.reservedBytes} bytes of its own in each page (encryption or checksums).`,
        remedy: "Rebuild the database without that extension (VACUUM INTO a new file) and attach the new file.",
      },
    ];
  }
  if (problem === "locked") {
    return [
      {
        code: "locked_exclusively",
        cause: "A program keeps the database locked for itself.",
        remedy: "Set PRAGMA locking_mode = NORMAL in that program, or end its long transaction, then try again.",
      },
    ];
  }
  if (problem === "damaged" || !opened) {
    return [
      {
        code: "damaged",
        cause: `SQLite cannot read the database: ${problemText ?? "it could not be opened"}.`,
        remedy: "Check it with PRAGMA integrity_check and repair or replace it first.",
      },
    ];
  }
  const found: Finding[] = [];
  if (opened.journalMode !== "wal") {
    found.push({
      code: "not_wal",
      cause: `The database is in ${opened.journalMode} journal mode; commits can only be followed in WAL mode.`,
      remedy: `Switch it once, while its program is stopped: sqlite3 '${file.replaceAll("'", "'\\''")}' 'PRAGMA journal_mode=WAL'`,
    });
  }
  if (opened.litestream) {
    found.push({
      code: "litestream",
      cause: "Litestream replicates this database and checkpoints its log on its own.",
      remedy: "Stop Litestream for it and drop the tables _litestream_seq and _litestream_lock, then try again.",
    });
  }
  return found;
}
