import path from "node:path";
import { LastgoodError } from "./domain/errors.ts";
import { localRuntimePaths } from "./runtime-paths.ts";

/** Where the metadata is: a file of SQLite, or a PostgreSQL server. `url` holds a password: never print it. */
export type MetadataPlace = { provider: "sqlite"; file: string } | { provider: "postgres"; url: string };

const FORMS = "Set it to postgres://user:password@host:5432/database, or to file:/path/of/lastgood.db, or not at all.";

/**
 * What DATABASE_URL says: a PostgreSQL server, a file, or by default the file in the data directory. Throws
 * `invalid_input`; no error repeats the URL.
 */
export function metadataPlace(source: NodeJS.ProcessEnv = process.env): MetadataPlace {
  const text = source.DATABASE_URL?.trim();
  if (!text) return { provider: "sqlite", file: localRuntimePaths(source).metadata };
  if (/^postgres(ql)?:\/\//i.test(text)) return { provider: "postgres", url: checkPostgresUrl(text) };
  if (/^file:/i.test(text)) return { provider: "sqlite", file: filePath(text) };
  throw refusal("DATABASE_URL is neither of PostgreSQL nor a file.");
}

function checkPostgresUrl(text: string): string {
  // A host may be missing in favour of ?host=/folder/of/a/socket, which the URL standard does not know.
  const readable = text
    .replace(/^postgres(ql)?:\/\//i, "postgres://")
    .replace(/^(postgres:\/\/[^/?]*@)(?=[/?]|$)/, "$1_");
  if (!URL.canParse(readable)) throw refusal("DATABASE_URL cannot be read as an address.");
  const { pathname, searchParams } = new URL(readable);
  if (pathname.length < 2) throw refusal("DATABASE_URL does not name a database.");
  if ((searchParams.get("schema") ?? "public") !== "public") {
    throw refusal("DATABASE_URL asks for a schema of its own; Lastgood keeps its metadata in a database of its own.");
  }
  return text;
}

function filePath(text: string): string {
  const file = text.slice("file:".length).replace(/^\/\/(?=\/)/, "");
  if (!path.isAbsolute(file) || /[?#]/.test(file)) throw refusal("DATABASE_URL names no file by its whole path.");
  return path.normalize(file);
}

function refusal(message: string): LastgoodError {
  return new LastgoodError("invalid_input", message, { field: "DATABASE_URL", hint: FORMS });
}
