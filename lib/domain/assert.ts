/** Throws when one of our own assumptions does not hold. Never for input: its text is not written for people. */
export function assert(condition: unknown, assumption: string): asserts condition {
  if (!condition) throw new Error(`assumption violated: ${assumption}`);
}

/** Marks a branch that the types rule out. */
export function unreachable(value: never): never {
  throw new Error(`assumption violated: unexpected ${String(value)}`);
}
