import { LastgoodError } from "../domain/errors.ts";
import { isUuid } from "../domain/names.ts";

/** Pages of what is ordered by the time it was made, newest first: `after` is the cursor that the page before ended with. */
export type PageInput = { after?: string | undefined; limit?: number | undefined };
type Row = { id: string; createdAtMs: bigint };

/** Names a place in the order and not a row, so that it stands while rows come and go. */
const cursorOf = ({ id, createdAtMs }: Row) => `${createdAtMs}_${id}`;

/** What is behind a cursor, as a condition; without one everything. Throws `invalid_input`. */
export function behindCursor(after: string | undefined) {
  if (after === undefined) return {};
  const [timeText = "", id = ""] = after.split("_");
  if (!/^\d{1,16}$/.test(timeText) || !isUuid(id)) {
    throw new LastgoodError("invalid_input", "This is no page's end.", {
      field: "after",
      hint: "Give `next` of the page before, or leave it out for the first page.",
    });
  }
  const createdAtMs = BigInt(timeText);
  return { OR: [{ createdAtMs: { lt: createdAtMs } }, { createdAtMs, id: { lt: id } }] };
}

/** A page out of its rows, of which one more was asked for than it has room for. */
export function toPage<One extends Row>(rows: readonly One[], limit: number): { rows: One[]; next: string | null } {
  const page = rows.slice(0, limit);
  const last = page.at(-1);
  return { rows: page, next: rows.length > limit && last ? cursorOf(last) : null };
}
