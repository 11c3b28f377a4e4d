import type { GiveBackConflictKind } from "../../../domain/give-back.ts";

/** SQLite's extended result codes, https://www.sqlite.org/rescode.html */
const CONSTRAINT = 19;
const UNIQUE = 2067;
const PRIMARY_KEY = 1555;
const ROWID = 2579;

/** Which conflict it is that SQLite refuses a row for; null when it is no constraint. */
export function refusalOf(error: unknown): { kind: GiveBackConflictKind; words: string } | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  const { errcode, message } = error as Error & { errcode: number };
  if ((errcode & 255) !== CONSTRAINT) return null;
  const isTaken = errcode === UNIQUE || errcode === PRIMARY_KEY || errcode === ROWID;
  if (isTaken) return { kind: "key-taken", words: `Another row has its unique value: ${message}.` };
  return { kind: "rule-broken", words: `Today's table forbids it: ${message}.` };
}
