import { z } from "zod";
import { LastgoodError } from "../../domain/errors.ts";

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const name = z.string().max(1_000_000);
const digits = z.string().regex(/^-?\d{1,19}$/);

const columnSchema = z.strictObject({
  name,
  /** As declared; empty where nothing was. */
  type: z.string(),
  notNull: z.boolean(),
  /** Its place in the primary key, from 1; 0: it is no part of it. */
  primaryKey: z.number().int().min(0).max(32_767),
  /** Follows from other columns: it has no values in the data, and is never written. */
  generated: z.boolean(),
});

const tableSchema = z.strictObject({
  name,
  rows: count,
  columns: z.array(columnSchema).max(32_767),
  /** Under which name the number of each row stands where no column holds it; null: nothing of that kind. */
  hiddenKey: name.nullable(),
  /** The highest number that was ever given to a row, where the table counts; digits. */
  sequence: digits.nullable(),
  foreignKeys: z.array(z.strictObject({ columns: z.array(name), table: name, references: z.array(name).nullable() })),
  /** References of its rows that led nowhere when the document was made. */
  brokenReferences: count,
});

const manifestSchema = z.strictObject({
  version: z.literal(1),
  engine: z.enum(["sqlite", "postgres"]),
  encoding: z.string().max(40),
  database: z.strictObject({ id: z.string().max(200), name }),
  schema: name,
  /** The state that it holds. */
  bookmark: z.string().max(200),
  time: z.iso.datetime(),
  tables: z.array(tableSchema).max(100_000),
  /** Tables of the schema that are not in the data. */
  leftOut: z.array(z.strictObject({ name, because: z.string() })),
  totalTables: count,
  totalRows: count,
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});

export type DocumentColumn = z.infer<typeof columnSchema>;
export type DocumentTable = z.infer<typeof tableSchema>;
/** What a document says of itself, ahead of its data. FORMAT.md has the words. */
export type DocumentManifest = z.infer<typeof manifestSchema>;

/** What stands for the hash while it is being computed. */
export const NO_HASH = `sha256:${"0".repeat(64)}`;

/** Reads a manifest. Throws `invalid_input` where it is none, or contradicts itself. */
export function parseManifest(text: string): DocumentManifest {
  const parsed = manifestSchema.safeParse(readJson(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw malformed(`its manifest has no usable ${issue?.path.join(".") || "form"}`);
  }
  const manifest = parsed.data;
  const names = new Set(manifest.tables.map((table) => table.name));
  if (names.size !== manifest.tables.length) throw malformed("it names a table twice");
  for (const table of manifest.tables) {
    const columns = new Set(valueNames(table));
    if (columns.size !== valueNames(table).length) throw malformed(`table ${shown(table.name)} has a column twice`);
  }
  const rows = manifest.tables.reduce((sum, table) => sum + table.rows, 0);
  if (rows !== manifest.totalRows || manifest.tables.length !== manifest.totalTables) {
    throw malformed("its totals are not those of its tables");
  }
  return manifest;
}

/** The names under which a row's values stand, in their order. */
export function valueNames({ hiddenKey, columns }: Pick<DocumentTable, "hiddenKey" | "columns">): string[] {
  const stored = columns.filter(({ generated }) => !generated).map((column) => column.name);
  return hiddenKey === null ? stored : [hiddenKey, ...stored];
}

/** A document that cannot be used, and why: `because` goes on behind "since". */
export function malformed(because: string): LastgoodError {
  return new LastgoodError("invalid_input", `The document cannot be used, since ${because}.`, {
    hint: "Nothing was changed. Use another backup: this one is not what was once written.",
    outcome: "nothing",
  });
}

/** A name as a message shows it: however long or odd it is, it ends on this line. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 79)}…` : text);
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) throw malformed("its manifest is no JSON");
    throw error;
  }
}
