import { LastgoodError } from "../../../domain/errors.ts";
import type { Text } from "./server-session.ts";
import type { TableForm } from "./table-forms.ts";

/**
 * What names a row in its table, as the opaque text that people hand around: `k` and the values of its key, each as PostgreSQL writes
 * it, or of a table without a key `h`, a digest of its content and the how manieth row with that content it is. As base64url of JSON.
 */
export function formatRowName(form: TableForm, name: readonly Text[]): string {
  return `${form.key ? "k" : "h"}${Buffer.from(JSON.stringify(name)).toString("base64url")}`;
}

/** Throws `invalid_input` for what is no name of a row of this table. */
export function parseRowName(form: TableForm, text: string, field: "key" | "keys" | "after" = "key"): string[] {
  if (text.startsWith(form.key ? "k" : "h")) {
    const parts = parseJson(Buffer.from(text.slice(1), "base64url").toString());
    const count = form.key?.columns.length ?? 2;
    if (Array.isArray(parts) && parts.length === count && parts.every((one) => typeof one === "string")) return parts;
  }
  throw new LastgoodError("invalid_input", `${text.slice(0, 40)} names no row of ${form.name}.`, {
    field,
    hint: "Use the keys of rows as the list of differences gives them.",
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
