import { z } from "zod";
import type { ImportState } from "../../services/d1/import-sql.ts";

const md5Schema = z
  .string("Give the file's MD5 as etag.")
  .trim()
  .toLowerCase()
  .regex(/^"?[0-9a-f]{32}"?$/, "The etag is the file's MD5, 32 hexadecimal digits.")
  .transform((text) => text.replaceAll('"', ""));

export const d1ImportSchema = z.discriminatedUnion(
  "action",
  [
    z.object({ action: z.literal("init"), etag: md5Schema }),
    z.object({ action: z.literal("ingest"), etag: md5Schema, filename: z.string("Give the filename.").max(200) }),
    z.object({ action: z.literal("poll"), current_bookmark: z.string("Give current_bookmark.").max(128) }),
  ],
  { error: 'The action is "init", "ingest" or "poll".' },
);

/** Where an import stands, as wrangler follows it. */
export function toD1Import({ atBookmark, ended }: ImportState) {
  const job = { success: true, type: "import", at_bookmark: atBookmark };
  if (ended === null) return { ...job, status: "active", messages: ["Importing."] };
  if (!ended.ok) {
    const { message, details } = ended.error;
    const code = typeof details.sqliteCode === "string" ? `: ${details.sqliteCode}` : "";
    const where = typeof details.statement === "number" ? ` (statement ${details.statement})` : "";
    const hint = details.hint === undefined ? "" : ` ${details.hint}`;
    const error = `${message}${code}${where}${hint}`;
    const isOpen = ended.error.code === "committed_not_protected";
    const messages = isOpen ? [] : ["Nothing of the file took place."];
    return { ...job, status: "error", messages, error, errors: [error] };
  }
  const { statements, bookmark, durationMs, rowsRead, rowsWritten, sizeAfterBytes } = ended;
  const meta = { duration: durationMs, rows_read: rowsRead, rows_written: rowsWritten, size_after: sizeAfterBytes };
  const result = { num_queries: statements, final_bookmark: bookmark, meta };
  return { ...job, status: "complete", messages: [`Ran ${statements} statements as one transaction.`], result };
}
