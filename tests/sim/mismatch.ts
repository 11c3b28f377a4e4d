/** An invariant of the engine that did not hold; the message says which and where. */
export class Mismatch extends Error {}

export function require(condition: unknown, message: () => string): asserts condition {
  if (!condition) throw new Mismatch(message());
}
