import { serveWriter } from "../one-commit/serve-writer.ts";
import type { WriteQuestion } from "../one-commit/write-messages.ts";
import { type ReplacedTables, replaceTables } from "./replace-tables.ts";

/** The process that replaces tables of a live database. */
serveWriter<WriteQuestion, ReplacedTables>({
  temporary: "FILE",
  failed: "The tables could not be replaced",
  write: (connection, _question, report) => replaceTables(connection, report),
});
