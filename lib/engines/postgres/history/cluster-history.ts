import { readFileSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { LastgoodError } from "../../../domain/errors.ts";
import { writeFileDurably } from "../../../storage/durable-file.ts";

/**
 * What is kept of one cluster besides its bytes (`history.json`), written by the receiver alone, as a whole.
 *
 * A cluster's past is a line of *stretches*: times during which one data directory served. A restore in place, an undo and a
 * cutover end one and begin the next, with a higher activation. The bytes lie by *incarnation*: one folder of received log, its
 * commits and its base backups each. An incarnation that came out of another one has that as its parent, and what it does not hold
 * itself is looked for there.
 */
const lsn = z.string().regex(/^[0-9A-F]{1,8}\/[0-9A-F]{1,8}$/);
const milliseconds = z.number().int().nonnegative();

const incarnationSchema = z.object({
  number: z.number().int().positive(),
  /**
   * The incarnation whose log it goes on from, and the position up to which that one's counts: where the new timeline begins (the
   * end of the last record replayed, as its `.history` file has it), or where the server was stopped. Null: it came out of nothing here.
   */
  parent: z.object({ incarnation: z.number().int().positive(), uptoLsn: lsn }).nullable(),
  timeline: z.number().int().positive(),
  slot: z.string(),
  createdAtMs: milliseconds,
});

const stretchSchema = z.object({
  activation: z.number().int().positive(),
  incarnation: z.number().int().positive(),
  timeline: z.number().int().positive(),
  startedAtMs: milliseconds,
  /** Only commits whose record begins here or later are of this stretch. */
  startLsn: lsn,
  /** Null: it goes on. */
  endedAtMs: milliseconds.nullable(),
  /** Only commits whose record begins before this position are: where the log had its end when the server was stopped. */
  endLsn: lsn.nullable(),
  /** The restore that began it, and the bookmark whose state it began with; null for the first, and after a gap. */
  restoreId: z.string().nullable(),
  origin: z.string().nullable(),
});

const historySchema = z.object({
  version: z.literal(1),
  databaseId: z.string(),
  /** 16 hex digits, random: part of every bookmark. */
  tag: z.string().regex(/^[0-9a-f]{16}$/),
  /** PostgreSQL's, in decimal. */
  systemIdentifier: z.string(),
  serverVersion: z.number().int(),
  segmentBytes: z.number().int().positive(),
  /** The name of the role with the id 10, which a restored copy is opened with. */
  superuser: z.string(),
  incarnations: z.array(incarnationSchema),
  /** By activation. */
  stretches: z.array(stretchSchema),
  gaps: z.array(z.object({ fromMs: milliseconds, toMs: milliseconds, reason: z.string() })),
});

export type ClusterHistory = z.infer<typeof historySchema>;
export type Incarnation = ClusterHistory["incarnations"][number];
export type Stretch = ClusterHistory["stretches"][number];

const FILE = "history.json";

/** Reads what is kept of a cluster; null where nothing is yet. Throws `history_damaged` when it cannot be read. */
export function readClusterHistory(directory: string): ClusterHistory | null {
  const file = path.join(directory, FILE);
  try {
    return historySchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return null;
    throw new LastgoodError(
      "history_damaged",
      `${file} cannot be read.`,
      { hint: "Restore that file from a copy of the data directory; log and base backups beside it are untouched." },
      { cause: error },
    );
  }
}

/** Replaces it as a whole: after a crash the old one or the new one is there. The receiver alone may. */
export function writeClusterHistory(directory: string, history: ClusterHistory): void {
  const text = JSON.stringify(historySchema.parse(history), null, 1);
  writeFileDurably(path.join(directory, FILE), Buffer.from(text));
}

/** The folders of one incarnation. */
export function incarnationFolders(
  directory: string,
  number: number,
): Record<"root" | "wal" | "archive" | "bases" | "index", string> {
  const root = path.join(directory, `incarnation-${String(number).padStart(4, "0")}`);
  return {
    root,
    wal: path.join(root, "wal"),
    archive: path.join(root, "arch"),
    bases: path.join(root, "bases"),
    index: path.join(root, "index"),
  };
}
