import type { IndexedCandidate } from "./mark-index.ts";

const rowsOf = ({ rows, facts }: IndexedCandidate) => facts?.rows ?? rows;
const isSchema = ({ schema, facts }: IndexedCandidate) => (facts ? facts.kind === "schema" : schema);

/**
 * At most `limit` of the candidates, oldest first: of changes of the schema up to half of them, the latest, and for the rest
 * the largest deletes.
 */
export function chooseMarks(candidates: readonly IndexedCandidate[], limit: number): IndexedCandidate[] {
  if (candidates.length <= limit) return [...candidates];
  const deletes = candidates.filter((candidate) => !isSchema(candidate));
  const room = Math.max(Math.floor(limit / 2), limit - deletes.length);
  const changes = candidates.filter(isSchema).slice(-room);
  const largest = deletes.sort((a, b) => rowsOf(b) - rowsOf(a)).slice(0, limit - changes.length);
  return [...changes, ...largest].sort((a, b) => a.txid - b.txid);
}
