import type { SqlCell } from "./read-sql-answer.ts";

/** POST …/:db/view: one moment, then read-only SQL as `…/query` takes it. */
export type ViewBody = { at: { bookmark: string } | { timestamp: number }; sql: string; params?: unknown[] };

/** The answer to one statement. */
export type ViewResult = {
  results: Record<string, SqlCell>[];
  /** `duration` in milliseconds, as `…/query` names it. */
  meta: { duration: number };
};

/** What a view saw, and the moment that it saw. */
export type ViewAnswer = { results: ViewResult[]; bookmark: string };
