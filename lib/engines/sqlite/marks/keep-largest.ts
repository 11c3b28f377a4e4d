import type { IndexedCandidate } from "./mark-index.ts";

const HOUR_MS = 3_600_000;
/** Of each hour of the clock so many large deletes are kept, the largest, and so many changes of the schema, the last ones. */
const DELETES_AN_HOUR = 12;
const SCHEMA_CHANGES_AN_HOUR = 12;

/** What turned out to be nothing took no rows away. */
const rowsOf = ({ rows, facts }: IndexedCandidate) => (facts === null ? 0 : rows);

/** Bounds what is kept of a history in which marks are everyday business. `candidates` and the answer are by number. */
export function keepLargest(candidates: readonly IndexedCandidate[]): IndexedCandidate[] {
  const hours = Map.groupBy(candidates, ({ timeMs }) => Math.floor(timeMs / HOUR_MS));
  return [...hours.values()].flatMap((hour) => {
    if (hour.length <= Math.min(DELETES_AN_HOUR, SCHEMA_CHANGES_AN_HOUR)) return hour;
    const kept = new Set([
      ...hour.filter(({ schema }) => schema).slice(-SCHEMA_CHANGES_AN_HOUR),
      ...hour
        .filter((candidate) => rowsOf(candidate) > 0)
        .sort((a, b) => rowsOf(b) - rowsOf(a))
        .slice(0, DELETES_AN_HOUR),
    ]);
    return hour.filter((candidate) => kept.has(candidate));
  });
}
