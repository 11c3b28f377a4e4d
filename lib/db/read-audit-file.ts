import { DatabaseSync } from "node:sqlite";
import type { ChainedEntry } from "../domain/audit-chain.ts";

const BATCH = 5000;
const COLUMNS = `"seq", "id", "timeMs", "namespaceId", "actorKind", "actorId", "actorName", "action", "outcome",
  "targetKind", "targetId", "address", "requestId", "detail", "hash"`;

/**
 * Every audit entry of a metadata file in the order of their numbers, in batches. The file is only read, also while a
 * console writes to it; no package is needed.
 */
export function* readAuditFile(file: string): Generator<ChainedEntry[]> {
  const connection = new DatabaseSync(file, { readOnly: true });
  try {
    connection.exec("PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA mmap_size = 0");
    const select = connection.prepare(
      `SELECT ${COLUMNS} FROM "AuditEntry" WHERE "seq" > ? ORDER BY "seq" LIMIT ${BATCH}`,
    );
    select.setReadBigInts(true);
    for (let after = -(2n ** 63n); ; ) {
      const rows = select.all(after) as ChainedEntry[];
      if (rows.length > 0) yield rows;
      const last = rows.at(-1);
      if (!last || rows.length < BATCH) return;
      after = last.seq;
    }
  } finally {
    connection.close();
  }
}
