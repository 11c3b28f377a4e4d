/** One statement of a text, and where it begins in it. `firstWord` is in lower case; empty where it begins with none. */
export type StatementText = { sql: string; firstWord: string; startsAt: number };

/**
 * What may stand between and within statements without ending one: comments (which nest), texts, quoted names, texts between dollar
 * signs. https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
const SPACE = /[ \t\r\n\f\v]+/y;
const LINE_COMMENT = /--[^\n\r]*/y;
const ESCAPED_TEXT = /[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)/y;
const PLAIN_TEXT = /'(?:[^']|'')*(?:'|$)/y;
const QUOTED_NAME = /"(?:[^"]|"")*(?:"|$)/y;
const DOLLAR = /\$(?:[A-Za-z_\u0080-\uffff][A-Za-z0-9_\u0080-\uffff]*)?\$/y;
const WORD = /[A-Za-z_\u0080-\uffff][A-Za-z0-9_$\u0080-\uffff]*/y;
const PLACEHOLDER = /\$\d+/y;

/**
 * Splits a text into its statements at the semicolons that end them. Bodies of functions between BEGIN ATOMIC and END stay whole,
 * as psql keeps them. The server gets one statement at a time and refuses what it takes for two, so a mistake here runs nothing unseen.
 */
export function splitStatements(text: string): StatementText[] {
  const statements: StatementText[] = [];
  let begin = -1;
  let words: string[] = [];
  let depth = 0;
  let blocks = 0;
  const finish = (end: number) => {
    if (begin >= 0)
      statements.push({ sql: text.slice(begin, end).trimEnd(), firstWord: words[0] ?? "", startsAt: begin });
    begin = -1;
    words = [];
    depth = 0;
    blocks = 0;
  };
  for (let at = 0; at < text.length; ) {
    const skipped = skipSpace(text, at);
    if (skipped > at) {
      at = skipped;
      continue;
    }
    const character = text[at] ?? "";
    if (character === ";" && depth === 0 && blocks === 0) {
      finish(at++);
      continue;
    }
    if (begin < 0) begin = at;
    if (character === "(") depth++;
    else if (character === ")") depth = Math.max(0, depth - 1);
    const quoted = skipQuoted(text, at);
    const word = quoted > at ? null : match(WORD, text, at);
    if (word !== null) {
      const lower = word.toLowerCase();
      if (words.length < 4) words.push(lower);
      blocks += blockStep(words, lower, blocks);
      at += word.length;
    } else at = Math.max(quoted, at + 1);
  }
  finish(text.length);
  return statements;
}

/** How many values a statement's placeholders ask for: the highest number among them. */
export function countPlaceholders(sql: string): number {
  let highest = 0;
  for (let at = 0; at < sql.length; ) {
    const next = Math.max(skipSpace(sql, at), skipQuoted(sql, at));
    if (next > at) {
      at = next;
      continue;
    }
    const word = match(WORD, sql, at);
    const placeholder = word === null ? match(PLACEHOLDER, sql, at) : null;
    if (placeholder) highest = Math.max(highest, Number(placeholder.slice(1)));
    at += (word ?? placeholder ?? " ").length;
  }
  return highest;
}

/** Only what makes a function or a procedure has a body of statements of its own. */
function blockStep(words: readonly string[], word: string, blocks: number): -1 | 0 | 1 {
  const kind = words[1] === "or" ? words[3] : words[1];
  if (words[0] !== "create" || (kind !== "function" && kind !== "procedure")) return 0;
  if (word === "begin" || (word === "case" && blocks > 0)) return 1;
  return word === "end" && blocks > 0 ? -1 : 0;
}

function skipSpace(text: string, at: number): number {
  const space = match(SPACE, text, at) ?? match(LINE_COMMENT, text, at);
  if (space !== null) return at + space.length;
  if (!text.startsWith("/*", at)) return at;
  for (let depth = 1, i = at + 2; ; ) {
    if (i >= text.length) return text.length;
    if (text.startsWith("/*", i)) {
      depth++;
      i += 2;
    } else if (text.startsWith("*/", i)) {
      i += 2;
      if (--depth === 0) return i;
    } else i++;
  }
}

function skipQuoted(text: string, at: number): number {
  const quoted = match(ESCAPED_TEXT, text, at) ?? match(PLAIN_TEXT, text, at) ?? match(QUOTED_NAME, text, at);
  if (quoted !== null) return at + quoted.length;
  const dollar = match(DOLLAR, text, at);
  if (dollar === null) return at;
  const end = text.indexOf(dollar, at + dollar.length);
  return end < 0 ? text.length : end + dollar.length;
}

function match(pattern: RegExp, text: string, at: number): string | null {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0] ?? null;
}
