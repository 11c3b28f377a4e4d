/** How a list is read, and how rows of it come and go behind its back. */
export type WalkedList = {
  /** The ids of one page, at most `limit`. */
  read(after: string | null, limit: number): Promise<{ ids: string[]; next: string | null }>;
  add(atMs: number): Promise<string>;
  remove(id: string): Promise<unknown>;
};

export type Walk = {
  pages: number;
  /** Ids that were read more than once. */
  twice: string[];
  /** Ids that were there from beginning to end and were never read. */
  missed: string[];
};

const LIMIT = 4;
const FIRST_MS = 1_000_000;
/** Three rows of one time, so that pages end between rows of one time. */
const timeOf = (i: number) => FIRST_MS + Math.floor(i / 3) * 10;

/**
 * Fills a list with three pages of rows and reads it page by page, while after each page rows are added before, between and
 * behind all others, and after the first two the last row that was read is removed, and one that was not read yet.
 */
export async function walkList(list: WalkedList): Promise<Walk> {
  const mine = new Set<string>();
  for (let i = 0; i < 3 * LIMIT; i++) mine.add(await list.add(timeOf(i)));
  const throughout = new Set((await list.read(null, 100)).ids);
  const seen: string[] = [];
  let pages = 0;
  let after: string | null = null;
  do {
    const page = await list.read(after, LIMIT);
    if (page.ids.length > LIMIT) throw new Error(`a page of ${page.ids.length} rows`);
    seen.push(...page.ids);
    pages += 1;
    after = page.next;
    const left = [...mine].filter((id) => throughout.has(id) && !seen.includes(id));
    const unread = left[Math.floor(left.length / 2)];
    const lastRead = page.ids.findLast((id) => throughout.has(id) && mine.has(id));
    for (const id of pages <= 2 ? [unread, lastRead] : []) {
      if (id === undefined) continue;
      await list.remove(id);
      throughout.delete(id);
    }
    for (const atMs of [FIRST_MS - 5, timeOf(5) + 5, timeOf(11) + 10]) await list.add(atMs);
  } while (after !== null && pages < 50);
  return {
    pages,
    twice: seen.filter((id, i) => seen.indexOf(id) !== i),
    missed: [...throughout].filter((id) => !seen.includes(id)),
  };
}
