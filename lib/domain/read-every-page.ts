/** Reads a list to its end: `read` is given the cursor of each page, nothing for the first. Pages come back in order. */
export async function readEveryPage<Page extends { next: string | null }>(
  read: (after: string | undefined) => Promise<Page>,
): Promise<[Page, ...Page[]]> {
  const first = await read(undefined);
  const pages: [Page, ...Page[]] = [first];
  // A server that does not know pages names no next one; one that names the same again would never end.
  for (let former: string | null = null, { next } = first; typeof next === "string" && next !== former; ) {
    const page = await read(next);
    pages.push(page);
    former = next;
    next = page.next;
  }
  return pages;
}
