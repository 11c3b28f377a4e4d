import { execFile } from "node:child_process";
import type { Finding } from "../../../domain/preflight.ts";
import { noSharedGroup, unknownMember } from "./refusals.ts";

const READ_WRITE = 0o060;
const SET_GROUP = 0o2000;
const PATIENCE_MS = 5000;

/** Owner, group and permission bits of a file or a folder. */
export type Access = { uid: number; gid: number; mode: number };

export type Sharing = {
  file: Access;
  folder: Access;
  /** The group that this process gives to what it makes, and all that it is in. */
  ownGroup: number;
  ownGroups: readonly number[];
  /** The groups of the file's owner; null where this machine does not know that user, as in a container. */
  ownersGroups: readonly number[] | null;
};

/**
 * Whether a file of another user can be shared with that user's programs through its group. SQLite gives -wal and -shm the permission bits of
 * the database, and its owner as well only when root makes them: otherwise both users must reach them by the group alone.
 * @returns what speaks against it, as a refusal or a warning; null where nothing does
 */
export function judgeSharing({ file, folder, ownGroup, ownGroups, ownersGroups }: Sharing): {
  refusal: Finding | null;
  warning: Finding | null;
} {
  const isMember = file.gid === ownGroup || ownGroups.includes(file.gid);
  const isOpen = (file.mode & READ_WRITE) === READ_WRITE && (folder.mode & 0o070) === 0o070;
  const passesOn = (folder.mode & SET_GROUP) !== 0 && folder.gid === file.gid;
  // Root reaches everything, and what SQLite makes as root it gives the database's owner and group.
  const ownerIsRoot = file.uid === 0;
  const ownerIsMember = ownerIsRoot || ownersGroups === null || ownersGroups.includes(file.gid);
  const isShared = isMember && isOpen && (passesOn || ownGroup === file.gid) && ownerIsMember;
  return {
    refusal: isShared ? null : noSharedGroup(file.uid, file.gid),
    warning: isShared && ownersGroups === null && !ownerIsRoot ? unknownMember(file.uid, file.gid) : null,
  };
}

/** The groups of a user of this machine; null where there is none of this number. */
export function groupsOfUser(uid: number): Promise<number[] | null> {
  return new Promise((resolve) => {
    execFile("id", ["-G", String(uid)], { timeout: PATIENCE_MS }, (error, said) => {
      resolve(error ? null : said.trim().split(/\s+/).map(Number));
    });
  });
}
