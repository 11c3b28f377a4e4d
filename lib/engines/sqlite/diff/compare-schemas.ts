import type { SchemaDiff } from "../../../domain/diff.ts";
import type { SchemaEntry } from "./schema-entries.ts";

/** What was made, dropped or changed; without what SQLite makes by itself. In the order of kinds and names. */
export function compareSchemas(before: readonly SchemaEntry[], after: readonly SchemaEntry[]): SchemaDiff[] {
  const [one, other] = [byName(before), byName(after)];
  const diffs: SchemaDiff[] = [];
  for (const key of new Set([...one.keys(), ...other.keys()])) {
    const [from, to] = [one.get(key), other.get(key)];
    const entry = to ?? from;
    if (!entry || from?.sql === to?.sql) continue;
    const change = !from ? "added" : !to ? "removed" : "changed";
    const { type: kind, name, table } = entry;
    diffs.push({ kind, name, table, change, before: from?.sql ?? null, after: to?.sql ?? null });
  }
  const place = ({ kind, name }: SchemaDiff) => `${KINDS.indexOf(kind)} ${name}`;
  return diffs.sort((a, b) => (place(a) < place(b) ? -1 : 1));
}

const KINDS: readonly SchemaDiff["kind"][] = ["table", "index", "view", "trigger"];

function byName(entries: readonly SchemaEntry[]): Map<string, SchemaEntry> {
  const own = entries.filter(({ name, sql }) => sql !== null && !/^sqlite_/i.test(name));
  return new Map(own.map((entry) => [`${entry.type} ${entry.name.toLowerCase()}`, entry]));
}
