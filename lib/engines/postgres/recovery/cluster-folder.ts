import { accessSync, chownSync, constants, mkdirSync, mkdtempSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { clusterUser } from "../programs/cluster-user.ts";
import { makeReachableFolder } from "../programs/reachable-folder.ts";

/** Makes a folder, and what is missing above it up to `root`, that only the cluster's user (and root) can enter. */
export function makeClusterFolder(root: string, folder: string): void {
  if (clusterUser()) makeReachableFolder(path.dirname(root));
  const made = path.relative(root, folder).split(path.sep).filter(Boolean);
  const chain = made.map((_, index) => path.join(root, ...made.slice(0, index + 1)));
  for (const one of [root, ...chain]) {
    if (mkdirSync(one, { recursive: true, mode: 0o700 }) !== undefined) giveToClusterUser(one);
  }
}

/** Makes a file or folder the cluster's user's own; nothing to do where that is whoever Lastgood runs as. */
export function giveToClusterUser(file: string): void {
  const user = clusterUser();
  if (user) chownSync(file, user.uid, user.gid);
}

/**
 * A fresh folder for a server's socket, short enough for a socket's address, that nobody but the cluster's user (and root) can
 * enter. Below the system's temporary folder, or below /tmp where the cluster's user could not come to that one.
 */
export function makeSocketFolder(): string {
  const above = [tmpdir(), "/tmp"].find(canBeReached) ?? "/tmp";
  const folder = mkdtempSync(path.join(above, "lg-"));
  giveToClusterUser(folder);
  return folder;
}

const LONGEST_ABOVE_BYTES = 70;

function canBeReached(folder: string): boolean {
  if (Buffer.byteLength(folder) > LONGEST_ABOVE_BYTES) return false;
  if (clusterUser() === null) return isWritable(folder);
  const parts = path.resolve(folder).split(path.sep);
  return parts.every((_, index) => (statSync(path.join("/", ...parts.slice(0, index + 1))).mode & 0o001) !== 0);
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK | constants.X_OK);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
