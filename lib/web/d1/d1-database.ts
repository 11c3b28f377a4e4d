import type { DatabaseView } from "../../client/api-types.ts";

/** A database as D1's lists name it. */
export type D1ListedDatabase = {
  uuid: string;
  name: string;
  created_at: string;
  version: "production";
  num_tables: number | null;
  /** Bytes; null while nobody knows. */
  file_size: number | null;
};

export function toD1Listed(view: DatabaseView, tables: number | null = null): D1ListedDatabase {
  return {
    uuid: view.id,
    name: view.name,
    created_at: new Date(view.createdAtMs).toISOString(),
    version: "production",
    num_tables: tables,
    file_size: view.capture?.databaseBytes ?? null,
  };
}

/** One database as D1 describes it. There are no replicas to read from, and no jurisdictions. */
export function toD1Database(view: DatabaseView, tables: number | null) {
  return {
    ...toD1Listed(view, tables),
    running_in_region: view.region,
    read_replication: { mode: "disabled" as const },
    jurisdiction: null,
  };
}
