import { existsSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import type { KeptBase } from "./base-record.ts";
import { sumFile } from "./sum-file.ts";

/** Proves that a base backup is, byte for byte, what was taken. Throws `history_damaged` naming the file that is not. */
export async function verifyBase(base: KeptBase, signal?: AbortSignal): Promise<void> {
  for (const { name, sizeBytes, sha256 } of base.files) {
    const file = path.join(base.directory, name);
    if (!existsSync(file)) throw damagedBase(base, name, "is missing");
    const found = await sumFile(file, signal);
    if (found.sizeBytes !== sizeBytes || found.sha256 !== sha256) throw damagedBase(base, name, "was changed");
  }
}

/** What is said of a base backup that cannot be used. */
export function damagedBase(base: KeptBase, name: string, what: string): LastgoodError {
  return new LastgoodError(
    "history_damaged",
    `The base backup of ${new Date(base.stoppedAtMs).toISOString()} cannot be used: ${path.join(base.directory, name)} ${what}.`,
    { hint: "Choose a moment before that base backup or after the next one, or restore the file from a copy." },
  );
}
