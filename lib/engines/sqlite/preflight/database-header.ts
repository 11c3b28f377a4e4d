/** What the first 100 bytes of a file say, https://www.sqlite.org/fileformat2.html#the_database_header */
export type DatabaseHeader =
  | { kind: "sqlite"; pageSizeBytes: number; wal: boolean; reservedBytes: number; sizePages: number }
  | { kind: "encrypted" }
  | { kind: "none" };

const MAGIC = "SQLite format 3\0";
const HEADER = 100;

/** @param first up to 100 bytes from the file's beginning */
export function readDatabaseHeader(first: Buffer, sizeBytes: number): DatabaseHeader {
  if (first.length < HEADER) return { kind: "none" };
  if (first.toString("latin1", 0, MAGIC.length) !== MAGIC) {
    // Encrypted pages are random from the first byte on: hardly a value twice among a hundred, and whole pages.
    const looksRandom = new Set(first).size > 64 && sizeBytes % 512 === 0;
    return { kind: looksRandom ? "encrypted" : "none" };
  }
  const size = first.readUInt16BE(16);
  const pageSizeBytes = size === 1 ? 65536 : size;
  const isSize = pageSizeBytes >= 512 && (pageSizeBytes & (pageSizeBytes - 1)) === 0;
  if (!isSize) return { kind: "none" };
  return {
    kind: "sqlite",
    pageSizeBytes,
    wal: first[18] === 2 && first[19] === 2,
    reservedBytes: first[20] ?? 0,
    sizePages: first.readUInt32BE(28),
  };
}
