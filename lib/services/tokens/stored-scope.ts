import { z } from "zod";
import { type Action, isAction } from "../../domain/actions.ts";
import type { DatabaseScope } from "../../domain/actor.ts";

const idsSchema = z.array(z.string());

/** A token's actions as they are stored: `all`, or names with spaces between. A name that nobody knows matches nothing. */
export function readScopes(stored: string): "all" | Action[] {
  return stored === "all" ? "all" : stored.split(" ").filter(isAction);
}

/** The databases a token is good for, as they are stored: null is all of them. What cannot be read is none. */
export function readDatabaseScope(stored: string | null): DatabaseScope {
  if (stored === null) return "all";
  try {
    return idsSchema.safeParse(JSON.parse(stored)).data ?? [];
  } catch (error) {
    if (error instanceof SyntaxError) return [];
    throw error;
  }
}
