import { DatabaseSync } from "node:sqlite";
import { DatabaseComparison } from "./database-comparison.ts";

const ROWS = 400;
const PAGE_BYTES = 4096;

/** Compares two small made-up states, so that what is asked next finds its code compiled. Touches no file. */
export function rehearse(): void {
  const database = new DatabaseSync(":memory:");
  try {
    database.exec(`CREATE TABLE rows (id INTEGER PRIMARY KEY, name TEXT, body BLOB);
      CREATE TABLE entries (name TEXT PRIMARY KEY, body BLOB) WITHOUT ROWID`);
    const into = (sql: string) =>
      database.exec(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) ${sql}`);
    into("INSERT INTO rows SELECT i, 'name ' || i, zeroblob(i * 7 % 900) FROM n");
    into("INSERT INTO entries SELECT 'name ' || i, zeroblob(i * 7 % 300) FROM n");
    const before = pagesOf(database.serialize());
    database.exec("UPDATE rows SET name = name || '!' WHERE id % 3 = 0; DELETE FROM entries WHERE name LIKE '%7'");
    const work = new DatabaseComparison(before, pagesOf(database.serialize()), null).run();
    while (!work.next().done);
  } finally {
    database.close();
  }
}

function pagesOf(image: Uint8Array) {
  return {
    pageSize: PAGE_BYTES,
    pageCount: image.length / PAGE_BYTES,
    read: (page: number) => image.subarray((page - 1) * PAGE_BYTES, page * PAGE_BYTES),
    close: () => undefined,
  };
}
