/** One value out of an SQL answer. Integers that JavaScript cannot hold are bigint; bytes are a list of numbers. */
export type SqlCell = null | number | bigint | string | number[];

type ReviverContext = { source?: string };
type Reviver = (key: string, value: unknown, context?: ReviverContext) => unknown;

/** Reads the JSON of an SQL answer; whole numbers beyond 2^53 stay exact where the browser shows their source. */
export function readSqlAnswer(text: string): unknown {
  const exact: Reviver = (_key, value, context) => {
    const source = context?.source;
    if (typeof value !== "number" || Number.isSafeInteger(value) || source === undefined) return value;
    return /^-?\d+$/.test(source) ? BigInt(source) : value;
  };
  return JSON.parse(text, exact);
}
