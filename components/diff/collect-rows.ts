import { apiClient } from "../../lib/client/api-client.ts";
import { formatNumber } from "../../lib/client/format-count.ts";
import type { DiffColumn, DiffKind, DiffRow } from "../../lib/domain/diff.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import type { CollectedRows } from "./write-rows.ts";

const ROWS_A_CALL = 500;
const MOST_ROWS = 100_000;

/** Reads all rows of a table that differ and that `wanted` names. Throws `payload_too_large` beyond 100,000 of them. */
export async function collectRows(
  of: { namespace: string; database: string; from: string; to: string; table: string; kinds: readonly DiffKind[] },
  wanted: (row: DiffRow) => boolean = () => true,
): Promise<CollectedRows> {
  const { namespace, database, ...ends } = of;
  const rows: DiffRow[] = [];
  let columns: readonly DiffColumn[] = [];
  let after: string | null = null;
  do {
    const page: Awaited<ReturnType<typeof apiClient.diffRows>> = await apiClient.diffRows(namespace, database, {
      ...ends,
      limit: ROWS_A_CALL,
      ...(after !== null && { after }),
    });
    columns = page.columns;
    rows.push(...page.rows.filter(wanted));
    if (rows.length > MOST_ROWS) {
      throw new LastgoodError("payload_too_large", `These are more than ${formatNumber(MOST_ROWS)} rows.`, {
        hint: "Make a preview of that moment and read them there.",
      });
    }
    after = page.next;
  } while (after !== null);
  return { table: of.table, columns, rows };
}
