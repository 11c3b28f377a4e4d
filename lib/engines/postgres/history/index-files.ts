import path from "node:path";
import { disk } from "../../../storage/disk.ts";

/** The files of one incarnation's index. FORMAT.md has their bytes. */
export type IndexFiles = {
  /** One summary a segment, in the order of the log. */
  segments: string;
  /** Which segments lie in the archive. */
  archive: string;
  /** The segment that is still being written. */
  open: string;
  /** Transactions worth telling, one JSON object a line. */
  notes: string;
  /** Transactions that go on beyond the last whole segment, and what they have done. */
  doing: string;
  /** The commits of one segment. */
  rows(name: string): string;
};

/** @param index `incarnationFolders(…).index` */
export function indexFiles(index: string): IndexFiles {
  return {
    segments: path.join(index, "segments"),
    archive: path.join(index, "archive"),
    open: path.join(index, "open"),
    notes: path.join(index, "notes"),
    doing: path.join(index, "doing"),
    rows: (name) => path.join(index, `${name}.rows`),
  };
}

/** Empty where the file is not there. */
export function readIfThere(file: string): Buffer {
  try {
    return disk.readFileSync(file);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return Buffer.alloc(0);
    throw error;
  }
}
