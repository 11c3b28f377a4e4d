"use client";

import { useMemo } from "react";
import { useView } from "../../lib/client/hooks/use-view.ts";
import type { ViewBody } from "../../lib/client/view-types.ts";

/** A table or view of one state with its columns. */
export type StoredTable = { name: string; kind: "table" | "view"; columns: { name: string; type: string }[] };

// Tables that SQLite keeps for itself, or a virtual table for itself, are nobody's to browse.
const TABLES_SQL = `select s.type, s.name, c.name as column_name, c.type as column_type
from sqlite_schema s join pragma_table_list(s.name) l join pragma_table_xinfo(s.name) c
where s.type in ('table', 'view') and l.schema = 'main' and l.type <> 'shadow' and s.name not like 'sqlite!_%' escape '!'
order by s.name, c.cid`;

/** The tables and views of a state, by name. Null waits. */
export function useTables(namespace: string, database: string, at: ViewBody["at"] | null) {
  const query = useView(namespace, database, at, TABLES_SQL, { keepsFormer: true });
  const tables = useMemo(() => {
    const byName = new Map<string, StoredTable>();
    for (const row of query.data?.results[0]?.results ?? []) {
      const name = String(row.name);
      const table = byName.get(name) ?? { name, kind: row.type === "view" ? ("view" as const) : "table", columns: [] };
      table.columns.push({ name: String(row.column_name), type: String(row.column_type ?? "") });
      byName.set(name, table);
    }
    return query.data ? [...byName.values()] : null;
  }, [query.data]);
  return { tables, error: query.error };
}
