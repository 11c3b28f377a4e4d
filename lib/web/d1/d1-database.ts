import type { DatabaseView } from "../../client/api-types.ts";

/** A database as D1's lists name it. What is not known is left out: its clients expect a number or nothing, never null. */
export type D1ListedDatabase = {
  uuid: string;
  name: string;
  created_at: string;
  version: "production";
  /** Lists do not count them: each database would have to be opened for that. */
  num_tables?: number;
  /** Bytes. */
  file_size?: number;
};

export function toD1Listed(view: DatabaseView, tables: number | null = null): D1ListedDatabase {
  const databaseBytes = view.capture?.databaseBytes ?? null;
  return {
    uuid: view.id,
    name: view.name,
    created_at: new Date(view.createdAtMs).toISOString(),
    version: "production",
    ...(tables !== null && { num_tables: tables }),
    ...(databaseBytes !== null && { file_size: databaseBytes }),
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
