const narrow = /[il.,·' ]/;
const wide = /[mw]/;

/** Width of words at 11 px, near enough to lay chips out without measuring them. */
export function estimateTextWidth(text: string): number {
  let width = 0;
  for (const character of text) {
    if (narrow.test(character)) width += 3.2;
    else if (wide.test(character)) width += 8.8;
    else if (/[A-Z]/.test(character)) width += 6.9;
    else if (/[0-9]/.test(character)) width += 6.6;
    else if (/[frt-]/.test(character)) width += 4.4;
    else width += 6.4;
  }
  return Math.ceil(width);
}
