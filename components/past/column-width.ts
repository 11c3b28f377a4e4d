const CHARACTER_PX = 7.3;
const PADDING_PX = 22;
const LEAST_PX = 72;
const MOST_PX = 340;

/** How wide a column is, from its head and a sample of its texts; CSS pixels. */
export function columnWidth(head: string, texts: Iterable<string>): number {
  let longest = head.length;
  for (const text of texts) longest = Math.max(longest, text.length);
  return Math.round(Math.min(MOST_PX, Math.max(LEAST_PX, longest * CHARACTER_PX + PADDING_PX)));
}
