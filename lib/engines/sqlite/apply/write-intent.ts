import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ApplyIntent } from "./apply-messages.ts";

/** Writes the intent so that it is complete and durable, or missing. */
export function writeIntent(intentPath: string, intent: ApplyIntent): void {
  const partial = `${intentPath}.partial`;
  const fd = openSync(partial, "w", 0o600);
  try {
    writeFileSync(fd, JSON.stringify(intent));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(partial, intentPath);
  const directory = openSync(path.dirname(intentPath), "r");
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}

/** The intent that an apply left, or null when it never came that far: then nothing was published. */
export function readIntent(intentPath: string): ApplyIntent | null {
  try {
    return JSON.parse(readFileSync(intentPath, "utf8")) as ApplyIntent;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw error;
  }
}
