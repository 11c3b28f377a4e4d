import path from "node:path";
import { disk } from "../../../storage/disk.ts";

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
      this.bytes = unlessRefused(() => this.count());
      if (this.bytes !== null) this.countedAtMs = now;
    }
    return this.bytes;
  }

  private count(): number | null {
    if (!disk.statSync(this.directory, { throwIfNoEntry: false })) return null;
    let bytes = 0;
    for (const name of disk.readdirSync(this.directory)) {
      // A file may be sealed, pruned or renamed between the listing and the look.
      bytes += disk.statSync(path.join(this.directory, name), { throwIfNoEntry: false })?.size ?? 0;
    }
    return bytes;
  }
}

/** Bytes of a file; null where there is none. */
export function fileSize(file: string): number | null {
  return unlessRefused(() => disk.statSync(file, { throwIfNoEntry: false })?.size ?? null);
}

/** A size is told beside more important things, and is no reason to fail where nobody may look. */
function unlessRefused(look: () => number | null): number | null {
  try {
    return look();
  } catch (error) {
    if (error instanceof Error && "code" in error) return null;
    throw error;
  }
}
