import { LastgoodError } from "../../../domain/errors.ts";
import { DatabaseComparison } from "../diff/database-comparison.ts";
import type { History } from "../history/open-history.ts";
import { PastStates } from "../past/past-states.ts";
import { factsOf, streakFacts } from "./mark-facts.ts";
import { type IndexedCandidate, isOpen, type MarkIndex, writeMarkIndex } from "./mark-index.ts";

const CACHE_BYTES = 48 * 1024 * 1024;
/** A commit that takes longer keeps what the heads of pages tell. Milliseconds. */
const LONGEST_MS = 20_000;
const WRITE_EVERY_MS = 1_000;

/**
 * Finds out exactly what candidates are, by comparing the states around their commits: those that somebody looks at first, then
 * the latest. Ends after `budgetMs`; the rest waits for the next time.
 */
export function findFacts(
  history: History,
  index: MarkIndex,
  file: string,
  wanted: readonly number[],
  budgetMs: number,
): void {
  const startedMs = performance.now();
  let writtenMs = startedMs;
  for (const candidate of inOrder(index.candidates, wanted)) {
    if (performance.now() - startedMs > budgetMs) break;
    try {
      const facts = compare(history, candidate);
      if (facts === undefined) candidate.isUncertain = true;
      else candidate.facts = facts;
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      candidate.isUncertain = true;
    }
    if (performance.now() - writtenMs < WRITE_EVERY_MS) continue;
    writeMarkIndex(file, index);
    writtenMs = performance.now();
  }
  writeMarkIndex(file, index);
}

function inOrder(candidates: readonly IndexedCandidate[], wanted: readonly number[]): IndexedCandidate[] {
  const isWanted = new Set(wanted);
  return candidates
    .filter(isOpen)
    .sort((a, b) => Number(isWanted.has(b.txid)) - Number(isWanted.has(a.txid)) || b.txid - a.txid);
}

/** Undefined where it takes too long. */
function compare(history: History, { txid, of, emptied, streak }: IndexedCandidate) {
  const last = streak?.through ?? txid;
  const states = new PastStates(history, [txid - 1, last], { cacheBytes: CACHE_BYTES });
  const [from, to] = [states.open(txid - 1), states.open(last)];
  try {
    const startedMs = performance.now();
    const comparison = new DatabaseComparison(from, to, states.touched(txid, last));
    for (const _ of comparison.run()) if (performance.now() - startedMs > LONGEST_MS) return undefined;
    return streak ? streakFacts(streak, comparison.compared) : factsOf({ of, emptied }, comparison.compared);
  } finally {
    from.close();
    to.close();
  }
}
