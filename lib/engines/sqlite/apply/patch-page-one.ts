import { assert } from "../../../domain/assert.ts";

/** Offsets in SQLite's database header, https://www.sqlite.org/fileformat2.html#the_database_header */
const WRITE_VERSION = 18;
const READ_VERSION = 19;
const CHANGE_COUNTER = 24;
const PAGE_COUNT = 28;
const SCHEMA_COOKIE = 40;
const VERSION_VALID_FOR = 92;
const WAL_FORMAT = 2;

/**
 * Makes an older page 1 the successor of the live one, in place: a schema cookie that no connection has seen (a stale one
 * would read another table's rows), a raised change counter, the new size, still in WAL mode.
 * @param cookieFloor the highest schema cookie that this database's history has ever used
 * @returns the schema cookie it got
 */
export function patchPageOne(
  page: Buffer,
  { live, sizeAfterPages, cookieFloor }: { live: Buffer; sizeAfterPages: number; cookieFloor: number },
): number {
  assert(page.length === live.length && sizeAfterPages >= 1, "a database keeps its page size and at least one page");
  const cookie = Math.max(live.readUInt32BE(SCHEMA_COOKIE), page.readUInt32BE(SCHEMA_COOKIE), cookieFloor) + 1;
  assert(cookie < 2 ** 32, "schema cookies have not run out");
  const changes = (Math.max(live.readUInt32BE(CHANGE_COUNTER), page.readUInt32BE(CHANGE_COUNTER)) + 1) >>> 0;
  page[WRITE_VERSION] = WAL_FORMAT;
  page[READ_VERSION] = WAL_FORMAT;
  page.writeUInt32BE(changes, CHANGE_COUNTER);
  page.writeUInt32BE(changes, VERSION_VALID_FOR);
  page.writeUInt32BE(sizeAfterPages, PAGE_COUNT);
  page.writeUInt32BE(cookie, SCHEMA_COOKIE);
  return cookie;
}
