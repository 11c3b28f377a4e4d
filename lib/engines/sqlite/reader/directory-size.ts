import { readdirSync, statSync } from "node:fs";
import path from "node:path";

const COUNT_EVERY_MS = 15_000;

/** Bytes of all files in a directory, counted anew only now and then. */
export class DirectorySize {
  private readonly directory: string;
  private countedAtMs = Number.NEGATIVE_INFINITY;
  private bytes: number | null = null;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** Null while there is no such directory. */
  get(): number | null {
    const now = performance.now();
    if (now - this.countedAtMs >= COUNT_EVERY_MS) {
      this.bytes = this.count();
      if (this.bytes !== null) this.countedAtMs = now;
    }
    return this.bytes;
  }

  private count(): number | null {
    if (!statSync(this.directory, { throwIfNoEntry: false })) return null;
    let bytes = 0;
    for (const name of readdirSync(this.directory)) {
      // A file may be sealed, pruned or renamed between the listing and the look.
      bytes += statSync(path.join(this.directory, name), { throwIfNoEntry: false })?.size ?? 0;
    }
    return bytes;
  }
}
