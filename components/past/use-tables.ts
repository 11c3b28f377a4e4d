"use client";

import { useMemo } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useView } from "../../lib/client/hooks/use-view.ts";
import type { ViewBody } from "../../lib/client/view-types.ts";

/** A table or view of one state with its columns. */
export type StoredTable = { name: string; kind: "table" | "view"; columns: { name: string; type: string }[] };

// Tables that SQLite keeps for itself, or a virtual table for itself, are nobody's to browse.
const TABLES_SQL = `select s.type, s.name, c.name as column_name, c.type as column_type
from sqlite_schema s join pragma_table_list(s.name) l join pragma_table_xinfo(s.name) c
where s.type in ('table', 'view') and l.schema = 'main' and l.type <> 'shadow' and s.name not like 'sqlite!_%' escape '!'
order by s.name, c.cid`;

// Names as they are written in a statement: with their schema where that is not public, in quotes where they need them.
const TABLES_OF_CLUSTER_SQL = `select case when c.relkind in ('v', 'm') then 'view' else 'table' end as type,
  case when n.nspname = 'public' then '' else quote_ident(n.nspname) || '.' end || quote_ident(c.relname) as name,
  a.attname as column_name, format_type(a.atttypid, a.atttypmod) as column_type
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
left join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
where c.relkind in ('r', 'p', 'v', 'm') and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'
order by 2, a.attnum`;

/** The tables and views of a state, by name; a cluster's as they are written in SQL. Null waits. */
export function useTables(
  namespace: string,
  { name: database, engine }: Pick<DatabaseView, "name" | "engine">,
  at: ViewBody["at"] | null,
) {
  const query = useView(namespace, database, at, engine === "postgres" ? TABLES_OF_CLUSTER_SQL : TABLES_SQL, {
    keepsFormer: true,
  });
  const tables = useMemo(() => {
    const byName = new Map<string, StoredTable>();
    for (const row of query.data?.results[0]?.results ?? []) {
      const name = String(row.name);
      const table = byName.get(name) ?? { name, kind: row.type === "view" ? ("view" as const) : "table", columns: [] };
      if (row.column_name !== null)
        table.columns.push({ name: String(row.column_name), type: String(row.column_type ?? "") });
      byName.set(name, table);
    }
    return query.data ? [...byName.values()] : null;
  }, [query.data]);
  return { tables, error: query.error };
}
