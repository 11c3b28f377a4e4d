import { crc32 } from "node:zlib";
import { disk } from "../../../storage/disk.ts";
import { readWhole } from "../../../storage/durable-file.ts";
import { IMAGE_FORMAT, imageDamaged, readImageHeader } from "./image-header.ts";

/** A file that holds a whole database, which nobody writes. */
export type OpenImage = { fd: number; pageSize: number; pageCount: number };

const HEADER_BYTES = 100;
const CHUNK_BYTES = 1024 * 1024;

/**
 * Opens an image for reading, which the caller closes. Throws `storage_damaged` for whatever is no whole database in WAL mode.
 */
export function openImage(file: string): OpenImage {
  const fd = disk.openSync(file, "r");
  try {
    const { size } = disk.fstatSync(fd);
    const first = Buffer.alloc(Math.min(HEADER_BYTES, size));
    readWhole(fd, first, 0);
    const { pageSizeBytes: pageSize, pageCount } = readImageHeader(IMAGE_FORMAT, first, size);
    // Live databases are in WAL mode, and a page 1 that says otherwise is nothing to give them.
    if (first[18] !== 2 || first[19] !== 2) throw imageDamaged("it is not in WAL mode");
    return { fd, pageSize, pageCount };
  } catch (error) {
    disk.closeSync(fd);
    throw error;
  }
}

/** The CRC-32 of each page, page 1 first. `each` is given every page, to be used before it returns. */
export function readPages(
  { fd, pageSize, pageCount }: OpenImage,
  each: (pages: Buffer, firstPage: number) => void = () => undefined,
): Uint32Array<ArrayBuffer> {
  const crcs = new Uint32Array(pageCount);
  const perChunk = Math.max(1, Math.floor(CHUNK_BYTES / pageSize));
  const chunk = Buffer.alloc(perChunk * pageSize);
  for (let first = 1; first <= pageCount; first += perChunk) {
    const count = Math.min(perChunk, pageCount - first + 1);
    const pages = chunk.subarray(0, count * pageSize);
    readWhole(fd, pages, (first - 1) * pageSize);
    for (let i = 0; i < count; i++) crcs[first + i - 1] = crc32(pages.subarray(i * pageSize, (i + 1) * pageSize));
    each(pages, first);
  }
  return crcs;
}

/** The same of a file that is opened for it alone. */
export function checksumsOfImage(file: string): { pageSize: number; crcs: Uint32Array<ArrayBuffer> } {
  const image = openImage(file);
  try {
    return { pageSize: image.pageSize, crcs: readPages(image) };
  } finally {
    disk.closeSync(image.fd);
  }
}
