import { chmodSync, lstatSync, mkdirSync, statfsSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../domain/errors.ts";

/** File systems that only look like one: procfs and sysfs. https://man7.org/linux/man-pages/man2/statfs.2.html */
const NO_DISKS = new Set([0x9fa0, 0x62656572]);

/**
 * Makes the data directory with the folders of sockets and logs, for this user alone. Throws `invalid_input` where it
 * cannot be, or where the folder of sockets was put there by somebody else, who would then hear what console and agent say.
 */
export function makeDirectories(data: string, run: string, logs: string): void {
  try {
    requireDisk(data);
    for (const directory of [data, run, logs]) mkdirSync(directory, { recursive: true, mode: 0o700 });
  } catch (cause) {
    if (cause instanceof LastgoodError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw refusal(`The data directory ${data} cannot be made: ${why}`, { cause });
  }
  const { uid } = lstatSync(run);
  if (!lstatSync(run).isDirectory() || uid !== (process.getuid?.() ?? uid)) {
    throw refusal(`The folder of sockets, ${run}, belongs to somebody else or is a link.`);
  }
  chmodSync(run, 0o700);
}

function requireDisk(data: string): void {
  const { type } = statfsSync(nearestThere(data));
  if (NO_DISKS.has(type)) throw refusal(`The data directory ${data} would lie on a file system that keeps nothing.`);
}

function nearestThere(directory: string): string {
  for (let place = directory; ; place = path.dirname(place)) {
    if (lstatSync(place, { throwIfNoEntry: false }) || place === path.dirname(place)) return place;
  }
}

function refusal(message: string, options?: ErrorOptions): LastgoodError {
  const hint = "Set LASTGOOD_DATA to a folder that this user may write to.";
  return new LastgoodError("invalid_input", message, { field: "LASTGOOD_DATA", hint }, options);
}
