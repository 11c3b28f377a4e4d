import type { ProtectedDatabase } from "../engines/engine.ts";

const LOOKS_AN_HOUR = 60;

/** Those databases whose turn it is, when each is to have one turn an hour and there is a look each minute; behind `lastId` first. */
export function hourlyTurn(databases: readonly ProtectedDatabase[], lastId: string): ProtectedDatabase[] {
  const inOrder = [...databases].sort((a, b) => (a.id < b.id ? -1 : 1));
  const count = Math.ceil(inOrder.length / LOOKS_AN_HOUR);
  return [...inOrder.filter(({ id }) => id > lastId), ...inOrder].slice(0, count);
}
