/** Control characters but tab and line feed, marks that turn the direction of text, and what shows nothing. */
const HOSTILE =
  /(?![\t\n])[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufdd0-\ufdef\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]|\p{Cs}/gu;

const escaped = (character: string) => {
  const code = character.codePointAt(0) ?? 0;
  if (code < 0x100) return `\\x${code.toString(16).padStart(2, "0")}`;
  return `\\u${code < 0x10000 ? code.toString(16).padStart(4, "0") : `{${code.toString(16)}}`}`;
};

/**
 * Text as a terminal may have it: whatever would move the cursor, change the title, answer for the person who types or
 * turn the direction of text is written out as an escape. Names of tables and labels are other people's input.
 */
export function cleanText(text: string): string {
  return text.replace(HOSTILE, escaped);
}

/** The same where our own colour marks stay: the last look at whatever is printed. */
export function cleanPainted(text: string): string {
  return text.replace(HOSTILE, (character) => (/[\ufdd0-\ufdd5]/.test(character) ? character : escaped(character)));
}

/** The same on one line: a table's cell. */
export function cleanCell(text: string): string {
  return cleanText(text).replace(/\n/g, "\\n").replace(/\t/g, "\\t");
}

/** JSON with the same characters as JSON's own escapes, so that its value stays the same. */
export function cleanJson(json: string): string {
  return json.replace(HOSTILE, (character) =>
    [...Array(character.length).keys()]
      .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
      .join(""),
  );
}
