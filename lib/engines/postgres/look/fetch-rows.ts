import { quoteName, type ServerSession, type Text } from "./server-session.ts";
import type { TableForm } from "./table-forms.ts";
import { rowSql, type TablePair } from "./table-pair.ts";

/**
 * Reads values of named rows of a table. Answers one list for each name, in their order; null for a row that is not there.
 * @param outputs SQL of what is wanted of a row `t`
 */
export async function fetchRows(
  session: ServerSession,
  pair: TablePair,
  form: TableForm,
  names: readonly (readonly Text[])[],
  outputs: readonly string[],
): Promise<(Text[] | null)[]> {
  if (names.length === 0) return [];
  const { values, types } = rowSql(pair);
  const found: (Text[] | null)[] = names.map(() => null);
  if (form.key === null) {
    // They are told apart by what they hold: each digest once, wherever it is.
    const digests = [...new Set(names.map(([digest]) => digest ?? ""))].filter((one) => /^[0-9a-f]{32}$/.test(one));
    const list = digests.map((one) => `'${one}'`).join(", ") || "''";
    const rows = await session.rows(
      `SELECT DISTINCT ON (1) ${values[0]}, ${["1", ...outputs].join(", ")} FROM ONLY ${form.sql} t WHERE ${values[0]} IN (${list}) ORDER BY 1`,
    );
    const byDigest = new Map(rows.map(([digest, , ...rest]) => [digest, rest]));
    return names.map(([digest]) => byDigest.get(digest ?? null) ?? null);
  }
  const columns = values.map((_, i) => `k${i}`);
  const same = form.key.columns.map(
    (name, i) => `t.${quoteName(name)} ${form.key?.operators[i]} CAST(o.k${i} AS ${types[i]})`,
  );
  const rows = await session.rows(
    `SELECT o.at, ${["1", ...outputs].join(", ")} FROM unnest(${columns.map((_, i) => `$${i + 1}::pg_catalog.text[]`).join(", ")})
       WITH ORDINALITY AS o(${columns.join(", ")}, at) JOIN ONLY ${form.sql} t ON ${same.join(" AND ")}`,
    columns.map((_, i) => names.map((name) => name[i] ?? null)),
  );
  for (const [at, , ...rest] of rows) found[Number(at) - 1] = rest;
  return found;
}
