import { LastgoodError } from "../../../domain/errors.ts";
import type { PageSource } from "../../engine.ts";
import type { History } from "../history/open-history.ts";
import type { PageSet } from "../history/page-set.ts";
import { type PastOptions, PastStates } from "../past/past-states.ts";
import { DatabaseComparison } from "./database-comparison.ts";

/** A comparison that has yet to be run, and the two states that it reads. */
export type OpenComparison = { comparison: DatabaseComparison; close(): void };

/** Compares the states after two commits of a history, which they read together. Neither needs to be the older one. */
export function compareMoments(history: History, one: number, other: number, options: PastOptions): OpenComparison {
  const states = new PastStates(history, [one, other], options);
  const opened: PageSource[] = [];
  const open = (txid: number) => {
    const source = states.open(txid);
    opened.push(source);
    return source;
  };
  const close = () => {
    for (const source of opened.splice(0)) source.close();
  };
  try {
    const [from, to] = [open(one), open(other)];
    return { comparison: new DatabaseComparison(from, to, touchedBetween(states, one, other)), close };
  } catch (error) {
    close();
    throw error;
  }
}

/** Null where damage keeps the history from telling: then all pages are compared. */
function touchedBetween(states: PastStates, one: number, other: number): PageSet | null {
  try {
    return states.touched(Math.min(one, other) + 1, Math.max(one, other));
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "history_damaged") return null;
    throw error;
  }
}
