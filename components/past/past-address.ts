/** What the address of a page of the past says: the moment, the table, and what of it is shown. */
export type PastAddress = { at: PastMoment | null; table: string | null; side: PastSide | null };

/** A moment as an address names it: a time in Unix milliseconds or a bookmark. */
export type PastMoment = { timestampMs: number } | { bookmark: string };

/** As it was, as it is now, one beside the other, or only what differs. */
export const PAST_SIDES = ["then", "now", "both", "differences"] as const;
export type PastSide = (typeof PAST_SIDES)[number];

/** Reads `at`, `table` and `show`; what makes no sense is null. */
export function readPastAddress(search: URLSearchParams): PastAddress {
  const side = PAST_SIDES.find((one) => one === search.get("show")) ?? null;
  return { at: readPastMoment(search.get("at")), table: search.get("table"), side };
}

export function readPastMoment(text: string | null): PastMoment | null {
  if (text === null) return null;
  if (/^\d{10,15}$/.test(text)) return { timestampMs: Number(text) };
  return /^[0-9a-f-]{53,60}$/.test(text) ? { bookmark: text } : null;
}

/** The address of a past moment's page. */
export function pastHref(
  database: string,
  at: PastMoment,
  { table = null, side = null }: { table?: string | null; side?: PastSide | null } = {},
): string {
  const search = new URLSearchParams({ at: "bookmark" in at ? at.bookmark : String(at.timestampMs) });
  if (table !== null) search.set("table", table);
  if (side !== null) search.set("show", side);
  return `/databases/${encodeURIComponent(database)}/past?${search}`;
}
