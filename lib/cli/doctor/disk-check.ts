import { existsSync, statfsSync } from "node:fs";
import path from "node:path";
import { type Finding, problem, warning, well } from "./finding.ts";
import type { Patient } from "./patient.ts";

const GIB = 1024 ** 3;

export type Room = { freeBytes: number; sizeBytes: number; freeFiles: number; files: number };

function roomOf(folder: string): Room {
  const { bsize, bavail, blocks, ffree, files } = statfsSync(folder);
  return { freeBytes: bsize * bavail, sizeBytes: bsize * blocks, freeFiles: ffree, files };
}

/** Whether what is captured still has room: without it capture stops, and the databases' own disk may fill up too. */
export function checkDisk({ paths }: Patient, lookAt: (folder: string) => Room = roomOf): Finding[] {
  const { freeBytes, sizeBytes, freeFiles, files } = lookAt(nearestThere(paths.data));
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
