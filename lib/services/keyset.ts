import { createHash } from "node:crypto";
import { LastgoodError } from "../domain/errors.ts";
import { isUuid } from "../domain/names.ts";

/** A page of a list: `after` is the cursor that the page before ended with, `limit` how many rows it has at most. */
export type PageInput = { after?: string | undefined; limit?: number | undefined };

/** Rows a page of those lists that are seldom long, unless fewer are asked for. */
export const A_PAGE = 500;

type Direction = "asc" | "desc";
/** What orders a list: a time, and of rows of one time their id. */
type Order<Time extends string, Id extends string> = { time: Time; id: Id; direction: Direction };
type Row<Time extends string, Id extends string> = Record<Time, bigint | null> & Record<Id, string>;
type Beyond<T> = { lt: T } | { gt: T };
type Behind<Time extends string, Id extends string> = Partial<Record<Time, { lte: bigint } | { gte: bigint }>> & {
  OR?: (Record<Time, Beyond<bigint>> | (Record<Time, bigint> & Record<Id, Beyond<string>>))[];
};

const inOrder = <Time extends string, Id extends string>(time: Time, id: Id, direction: Direction) => ({
  time,
  id,
  direction,
});
export const NEWEST_FIRST = inOrder("createdAtMs", "id", "desc");
export const OLDEST_FIRST = inOrder("createdAtMs", "id", "asc");
export const LATEST_DELETED_FIRST = inOrder("deletedAtMs", "id", "desc");
export const OLDEST_MEMBER_FIRST = inOrder("createdAtMs", "userId", "asc");

/** One page of a list, as parts of a query, and `close`, which makes the page out of what was found. */
export type Page<Time extends string, Id extends string> = {
  /** What is behind the cursor; goes into an AND, since it has an OR of its own. */
  behind: Behind<Time, Id>;
  orderBy: (Record<Time, Direction> | Record<Id, Direction>)[];
  /** One more than the page has room for, which tells whether there is another page. */
  take: number;
  close<One extends Row<Time, Id>>(rows: readonly One[]): { rows: One[]; next: string | null };
};

/**
 * Opens a page of the list that `of` names: what it is a list of, whose, and by which filter. A cursor names a place in the
 * order and not a row, so that it stands while rows come and go; one of another list is refused. Throws `invalid_input`.
 */
export function openPage<Time extends string, Id extends string>(
  of: readonly (string | null)[],
  { after, limit }: { after: string | undefined; limit: number },
  { time, id, direction }: Order<Time, Id>,
): Page<Time, Id> {
  const list = nameOf(of);
  const cursorOf = (row: Row<Time, Id>) => `${row[time]}_${row[id]}_${list}`;
  return {
    behind: (after === undefined ? {} : behindOf(readCursor(after, list), { time, id, direction })) as Behind<Time, Id>,
    orderBy: [{ [time]: direction } as Record<Time, Direction>, { [id]: direction } as Record<Id, Direction>],
    take: limit + 1,
    close(rows) {
      const page = rows.slice(0, limit);
      const last = page.at(-1);
      return { rows: page, next: rows.length > limit && last ? cursorOf(last) : null };
    },
  };
}

/** Eight characters that no other list has by chance; a cursor is no secret, and gives no right to anything. */
const nameOf = (of: readonly (string | null)[]) =>
  createHash("sha256").update(JSON.stringify(of)).digest("base64url").slice(0, 8);

function readCursor(after: string, list: string): { timeMs: bigint; rowId: string } {
  const [, timeText = "", rowId = "", name] = /^(\d{1,16})_([0-9a-f-]{36})_([\w-]{8})$/.exec(after) ?? [];
  if (timeText !== "" && isUuid(rowId) && name === list) return { timeMs: BigInt(timeText), rowId };
  const isForeign = timeText !== "" && isUuid(rowId);
  throw new LastgoodError("invalid_input", isForeign ? "This is another list's page end." : "This is no page's end.", {
    field: "after",
    hint: "Give `next` of the page before, of the same list and filter, or leave it out for the first page.",
  });
}

function behindOf(
  { timeMs, rowId }: { timeMs: bigint; rowId: string },
  { time, id, direction }: Order<string, string>,
) {
  const beyond = direction === "desc" ? "lt" : "gt";
  return {
    // Says nothing new, and is what lets the index be entered at the place rather than walked up to it.
    [time]: direction === "desc" ? { lte: timeMs } : { gte: timeMs },
    OR: [{ [time]: { [beyond]: timeMs } }, { [time]: timeMs, [id]: { [beyond]: rowId } }],
  };
}
