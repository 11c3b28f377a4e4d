import { findUndocumented } from "./expect-documented.ts";

export type FuzzAnswer = { status: number; headers: Headers; text: string };
/** A call as far as its answer is judged by it: `path` is the address as the document has it. */
export type JudgedCall = { id: string; method: string; path: string };

const INSIDE = /node_modules|\/lib\/(services|web|db|agent|engines)\/|\n\s+at \S+ \(|PrismaClient|node:internal/;

/**
 * What is wrong with an answer to a call that the OpenAPI document describes; null: nothing. `secrets` are texts that no answer
 * may hold.
 */
export async function findFault(
  { id, method, path }: JudgedCall,
  answer: FuzzAnswer,
  secrets: readonly string[],
): Promise<string | null> {
  const { status, text } = answer;
  if (status === 500) return `500: ${text.slice(0, 500)}`;
  // What SQLite says of somebody's own SQL is theirs to read, and D1 ends those words with SQLite's code.
  const isOwnSql = id.startsWith("d1") || text.includes('"code":"sql_error"');
  const isInside = INSIDE.test(text) || (/SQLITE_/.test(text) && !isOwnSql);
  if (isInside) return `tells of its inside: ${text.slice(0, 500)}`;
  if (secrets.some((secret) => text.includes(secret))) return `tells what it must not: ${text.slice(0, 500)}`;
  const { says } = await findUndocumented(method, path.replaceAll(/[{}]/g, ""), answer);
  return says;
}
