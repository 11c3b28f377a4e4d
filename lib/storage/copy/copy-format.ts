/**
 * What a second copy consists of, below the prefix of its store (FORMAT.md beside this file has it in words):
 *   heads/<copy>/0 and 1   written alternately: what makes up the copy; the one with the higher serial counts
 *   files/<copy>/<name>    pieces of files, and catalogs; never written twice under one name
 */
import { randomBytes } from "node:crypto";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { z } from "zod";

const whole = z.number().int().nonnegative();
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const pieceSchema = z.object({ object: z.string(), from: whole, bytes: whole, sha256 });
/** Bytes [from, from + bytes) of a file, as one stored object. */
export type Piece = z.infer<typeof pieceSchema>;

const fileSchema = z.object({
  path: z.string().regex(/^(?!.*(^|\/)\.\.?(\/|$))[A-Za-z0-9][A-Za-z0-9._-]*(\/[A-Za-z0-9][A-Za-z0-9._-]*)*$/),
  name: z.string(),
  kind: z.enum(["whole", "growing", "content"]),
  sizeBytes: whole,
  /** Of the local file that it was made from; a file that still has it was not touched since. */
  stamp: z.string().nullable(),
  group: z.string().nullable(),
  version: z.string().optional(),
  pieces: z.array(pieceSchema),
  /** Of small files, in base64; they have no pieces. */
  content: z.string().nullable(),
});
export type CopiedFile = z.infer<typeof fileSchema>;

const aboutSchema = z.object({
  /** The database's id. */
  id: z.string(),
  name: z.string(),
  engine: z.enum(["sqlite", "postgres", "metadata"]),
  origin: z.enum(["hosted", "attached"]),
  /** Where the live database was. */
  path: z.string(),
  windowDays: z.number().int(),
});
/** What a database was, so that it can be brought back without the metadata. */
export type CopyAbout = z.infer<typeof aboutSchema>;

const headSchema = z.object({
  version: z.literal(1),
  copyId: z.string(),
  serial: whole,
  writtenAtMs: whole,
  about: aboutSchema,
  generation: z.string(),
  /** False until the first whole history is in the copy. */
  isWhole: z.boolean(),
  /** Every commit that was captured before it is in the copy, Unix milliseconds. */
  shippedUntilMs: whole.nullable(),
  newest: z.object({ bookmark: z.string(), txid: whole, timeMs: z.number() }).nullable(),
  /** The oldest commit that it can be restored to; absent: whoever wrote it did not say. */
  oldest: z.object({ bookmark: z.string(), timeMs: z.number() }).nullish(),
  catalog: z.object({ object: z.string(), sha256 }).nullable(),
  /** What changes often: growing and small files. */
  files: z.array(fileSchema),
  /** Names the key that every object which it names is sealed with; absent or null: several, none, or nobody knows. */
  sealedWith: z.string().nullish(),
  /** Files of which only some pieces are there. */
  partial: z.array(fileSchema),
});
export type CopyHead = z.infer<typeof headSchema>;

const catalogSchema = z.object({ version: z.literal(1), files: z.array(fileSchema) });

/**
 * The name of a copy: of one history of a database. One that was begun anew gets a copy of its own, and so does one that was set back
 * (`branch` above 1): what was shipped before stays.
 */
export const copyIdOf = (databaseId: string, generation: string, branch: number): string =>
  `${databaseId}.${generation}${branch > 1 ? `.${branch}` : ""}`;
export const headKey = (copyId: string, serial: number): string => `heads/${copyId}/${serial % 2}`;
export const HEADS = "heads/";
export const FILES = "files/";
export const filesPrefix = (copyId: string): string => `${FILES}${copyId}/`;
export const objectKey = (copyId: string, object: string): string => `${filesPrefix(copyId)}${object}`;
/** A name that no other object of any Lastgood has. */
export const newObject = (kind: "piece" | "catalog"): string => `${kind}-${randomBytes(16).toString("hex")}`;

export const encodeHead = (head: CopyHead): Buffer => pack(head);
export const encodeCatalog = (files: readonly CopiedFile[]): Buffer => pack({ version: 1, files });
/** Throws what is wrong with it. */
export const decodeHead = (bytes: Buffer): CopyHead => headSchema.parse(unpack(bytes));
export const decodeCatalog = (bytes: Buffer): CopiedFile[] => catalogSchema.parse(unpack(bytes)).files;

const LEVEL = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** More than any history's list needs; a hostile one must not fill the memory. */
const MOST_BYTES = 512 * 1024 * 1024;

function pack(value: unknown): Buffer {
  return zstdCompressSync(JSON.stringify(value), LEVEL);
}

function unpack(bytes: Buffer): unknown {
  return JSON.parse(zstdDecompressSync(bytes, { maxOutputLength: MOST_BYTES }).toString("utf8"));
}

/** Bytes of a file that its pieces, one behind the other from its begin on, hold. */
export function heldBytes({ pieces }: Pick<CopiedFile, "pieces">): number {
  const last = pieces.at(-1);
  return last ? last.from + last.bytes : 0;
}
