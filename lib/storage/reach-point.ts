/**
 * Named places in capture, checkpoints, sealing, pruning and restores at which a process may die. Each is reached after
 * the step that it names and before the next one. Nothing happens there unless a test has asked for it.
 */
let visit: ((name: string) => void) | null = null;

/** Says that the process is at a place where its death must be harmless; `name` is `<part>.<step>`, as `seal.renamed`. */
export function reachPoint(name: string): void {
  visit?.(name);
}

/** Has every place that is reached from now on reported in this process; null: none. */
export function visitPoints(visitor: ((name: string) => void) | null): void {
  visit = visitor;
}
