/** One statement of an SQL text, without what lies between it and the next one. */
export type StatementText = { sql: string; firstWord: string };

type Token = "semicolon" | "space" | "other" | "explain" | "create" | "temp" | "trigger" | "end";
type State = "start" | "normal" | "explain" | "create" | "trigger" | "triggerSemicolon" | "triggerEnd";

/** Words that decide whether a semicolon ends a statement; every other one is `other`. */
const WORDS: Record<string, Token> = {
  explain: "explain",
  create: "create",
  temp: "temp",
  temporary: "temp",
  trigger: "trigger",
  end: "end",
};

/** Where a token that is not a space leads to from a state; tokens that a row does not name lead to its `other`. */
const TRANSITIONS: Record<State, Partial<Record<Token, State>> & { other: State }> = {
  start: { semicolon: "start", explain: "explain", create: "create", other: "normal" },
  normal: { semicolon: "start", other: "normal" },
  explain: {
    semicolon: "start",
    create: "create",
    explain: "normal",
    temp: "normal",
    trigger: "normal",
    end: "normal",
    other: "explain",
  },
  create: { semicolon: "start", temp: "create", trigger: "trigger", other: "normal" },
  trigger: { semicolon: "triggerSemicolon", other: "trigger" },
  triggerSemicolon: { semicolon: "triggerSemicolon", end: "triggerEnd", other: "trigger" },
  triggerEnd: { semicolon: "start", other: "trigger" },
};

/**
 * Splits an SQL text at the semicolons that end a statement, by the rules of sqlite3_complete()
 * (https://www.sqlite.org/c3ref/complete.html): not within quotes and comments, and a trigger ends with `; END ;`.
 * A piece without any token (empty, comments only) is left out, so the result may be empty.
 */
export function splitStatements(text: string): StatementText[] {
  const { statements, rest } = splitFinished(text);
  return rest === null ? statements : [...statements, { sql: text.slice(rest.from), firstWord: rest.firstWord }];
}

/** The same for the beginning of a text: what no semicolon has ended yet is `rest`, and begins at `from`; null: nothing but space. */
export function splitFinished(text: string): {
  statements: StatementText[];
  rest: { from: number; firstWord: string } | null;
  /** Where the last token begins; it may go on in what follows. */
  lastAt: number;
} {
  const statements: StatementText[] = [];
  let lastAt = 0;
  let state: State = "start";
  let from = -1;
  let firstWord = "";
  for (let at = 0; at < text.length; ) {
    const end = endOfToken(text, at);
    const token = tokenKind(text, at, end);
    lastAt = at;
    if (token !== "space") {
      if (from < 0 && token !== "semicolon") {
        from = at;
        firstWord = text.slice(at, end).toLowerCase();
      }
      const row: Partial<Record<Token, State>> & { other: State } = TRANSITIONS[state];
      state = row[token] ?? row.other;
      if (state === "start" && from >= 0) {
        statements.push({ sql: text.slice(from, end), firstWord });
        from = -1;
      }
    }
    at = end;
  }
  return { statements, rest: from < 0 ? null : { from, firstWord }, lastAt };
}

/** Whether a statement has a placeholder with a name (`:a`, `@a`, `$a`), outside of quotes and comments. */
export function hasNamedPlaceholder(sql: string): boolean {
  for (let at = 0; at < sql.length; at = endOfToken(sql, at)) {
    if (/^[:@$]$/.test(sql[at] ?? "")) return true;
  }
  return false;
}

function tokenKind(text: string, at: number, end: number): Token {
  const first = text[at] ?? "";
  if (first === ";") return "semicolon";
  if (isSpace(first) || text.startsWith("--", at) || text.startsWith("/*", at)) return "space";
  if (!isWordCharacter(first)) return "other";
  const word = text.slice(at, end).toLowerCase();
  return Object.hasOwn(WORDS, word) ? (WORDS[word] ?? "other") : "other";
}

function endOfToken(text: string, at: number): number {
  const first = text[at] ?? "";
  if (text.startsWith("--", at)) return after(text, "\n", at + 2);
  if (text.startsWith("/*", at)) return after(text, "*/", at + 2);
  if (first === "[") return after(text, "]", at + 1);
  if (first === "'" || first === '"' || first === "`") return after(text, first, at + 1);
  if (!isWordCharacter(first)) return at + 1;
  let end = at + 1;
  while (end < text.length && isWordCharacter(text[end] ?? "")) end++;
  return end;
}

/** The position behind the next `mark`; an unterminated one reaches to the end. */
function after(text: string, mark: string, from: number): number {
  const found = text.indexOf(mark, from);
  return found < 0 ? text.length : found + mark.length;
}

function isSpace(character: string): boolean {
  return /^[ \t\n\f\r]$/.test(character);
}

function isWordCharacter(character: string): boolean {
  return /^[0-9A-Za-z_$]$/.test(character) || character > "\x7f";
}
