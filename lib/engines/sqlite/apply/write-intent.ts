import path from "node:path";
import { disk } from "../../../storage/disk.ts";
import { reachPoint } from "../../../storage/reach-point.ts";
import type { ApplyIntent } from "./apply-messages.ts";

/** Writes the intent so that it is complete and durable, or missing. */
export function writeIntent(intentPath: string, intent: ApplyIntent): void {
  const partial = `${intentPath}.partial`;
  const fd = disk.openSync(partial, "w", 0o600);
  try {
    disk.writeFileSync(fd, JSON.stringify(intent));
    reachPoint("intent.written");
    disk.fsyncSync(fd);
    reachPoint("intent.synced");
  } finally {
    disk.closeSync(fd);
  }
  disk.renameSync(partial, intentPath);
  reachPoint("intent.renamed");
  const directory = disk.openSync(path.dirname(intentPath), "r");
  try {
    disk.fsyncSync(directory);
  } finally {
    disk.closeSync(directory);
  }
}

/** The intent that an apply left, or null when it never came that far: then nothing was published. */
export function readIntent(intentPath: string): ApplyIntent | null {
  try {
    return JSON.parse(disk.readFileSync(intentPath, "utf8")) as ApplyIntent;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
