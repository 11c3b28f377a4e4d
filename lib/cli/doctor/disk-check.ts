import { existsSync, statfsSync } from "node:fs";
import path from "node:path";
import type { Env } from "../../env.ts";
import { type Finding, problem, warning, well } from "./finding.ts";
import type { Patient } from "./patient.ts";

const GIB = 1024 ** 3;

export type Room = { freeBytes: number; sizeBytes: number; freeFiles: number; files: number };

function roomOf(folder: string): Room {
  const { bsize, bavail, blocks, ffree, files } = statfsSync(folder);
  return { freeBytes: bsize * bavail, sizeBytes: bsize * blocks, freeFiles: ffree, files };
}

/** Whether what is captured still has room: without it capture stops, and the databases' own disk may fill up too. */
export function checkDisk({ paths, env }: Patient, lookAt: (folder: string) => Room = roomOf): Finding[] {
  const room = lookAt(nearestThere(paths.data));
  return [...checkRoom(room), ...(env && room.sizeBytes > 0 ? checkLimits(env, room) : [])];
}

/** Whether what the environment says of the disk can be kept to. */
function checkLimits({ diskBudgetBytes, diskFloorBytes }: Env, { freeBytes, sizeBytes }: Room): Finding[] {
  const found: Finding[] = [];
  const gb = (bytes: number) => `${Number((bytes / 1e9).toFixed(1))} GB`;
  if (diskBudgetBytes !== null && diskBudgetBytes > sizeBytes) {
    found.push(
      warning(
        `LASTGOOD_DISK_BUDGET_GB allows ${gb(diskBudgetBytes)}, and the disk has ${gb(sizeBytes)}: it bounds nothing.`,
        "Set what Lastgood may really take there; until then only the floor of free space holds.",
      ),
    );
  }
  if (diskFloorBytes !== null && diskFloorBytes > freeBytes) {
    const isWhole = diskFloorBytes >= sizeBytes;
    found.push(
      problem(
        `LASTGOOD_DISK_FLOOR_GB leaves ${gb(diskFloorBytes)} free, and ${isWhole ? `the whole disk has ${gb(sizeBytes)}` : `only ${gb(freeBytes)} are`}: nothing is captured.`,
        isWhole ? "Set a floor that is smaller than the disk." : "Make room on that disk, or set a smaller floor.",
      ),
    );
  }
  return found;
}

function checkRoom({ freeBytes, sizeBytes, freeFiles, files }: Room): Finding[] {
  const left = `${(freeBytes / GIB).toFixed(1)} GiB of ${(sizeBytes / GIB).toFixed(1)} GiB are free where the data directory lies`;
  const next = "Make room: shorten windows, delete backups, or move the data directory to a larger disk.";
  if (freeBytes < 0.25 * GIB || freeBytes < sizeBytes * 0.01) return [problem(`Only ${left}.`, next)];
  if (files > 0 && freeFiles < files * 0.01)
    return [problem("The disk of the data directory has hardly any inodes left.", next)];
  if (freeBytes < 2 * GIB || freeBytes < sizeBytes * 0.1) return [warning(`Only ${left}.`, next)];
  return [well(`${left}.`)];
}

/** Where it would be made, while there is none. */
function nearestThere(folder: string): string {
  return existsSync(folder) || folder === path.dirname(folder) ? folder : nearestThere(path.dirname(folder));
}
