import { LastgoodError } from "../../../domain/errors.ts";
import { readDatabaseHeader } from "../preflight/database-header.ts";

/** What the bytes of our images are: a database file of SQLite, page by page, without a log. */
export const IMAGE_FORMAT = "sqlite-image";

/**
 * Reads what an image is from its beginning. Throws `storage_damaged` for one that is empty, is no database, or is not as
 * long as it says.
 * @param head its first bytes, at least 100 where it has so many
 */
export function readImageHeader(
  format: string,
  head: Uint8Array,
  sizeBytes: number,
): { pageSizeBytes: number; pageCount: number } {
  if (format !== IMAGE_FORMAT) throw imageDamaged(`its format, ${format}, is not one of SQLite`);
  if (sizeBytes === 0) throw imageDamaged("it is empty");
  const header = readDatabaseHeader(Buffer.from(head.buffer, head.byteOffset, head.byteLength), sizeBytes);
  if (header.kind !== "sqlite") throw imageDamaged("it does not begin as a database does");
  const { pageSizeBytes, sizePages } = header;
  if (sizeBytes % pageSizeBytes !== 0) throw imageDamaged(`${sizeBytes} bytes are not whole pages of ${pageSizeBytes}`);
  const pageCount = sizeBytes / pageSizeBytes;
  // Programs older than SQLite 3.7 leave the number of pages at 0.
  if (sizePages !== 0 && sizePages !== pageCount) {
    throw imageDamaged(`it holds ${pageCount} pages and names ${sizePages}`);
  }
  return { pageSizeBytes, pageCount };
}

export function imageDamaged(cause: string): LastgoodError {
  return new LastgoodError("storage_damaged", `This is no whole image of a database: ${cause}.`, {
    hint: "Use another backup, and look at the disk or bucket that this one lies on.",
  });
}
