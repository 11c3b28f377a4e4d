import { AsyncLocalStorage } from "node:async_hooks";

/** What becomes of a server action's call: whether it reached one of ours, and the status of its refusal. */
export type ActionAnswer = { reached: boolean; status: number | null };

/**
 * The HTTP status of a server action's answer. Next.js always says 200; a refusal is to be one for whoever looks at the
 * wire too. Kept on globalThis, since the server and the bundled pages each load this module.
 */
const shared: { lastgoodActionAnswer?: AsyncLocalStorage<ActionAnswer> } & typeof globalThis = globalThis;
shared.lastgoodActionAnswer ??= new AsyncLocalStorage();
export const actionAnswer: AsyncLocalStorage<ActionAnswer> = shared.lastgoodActionAnswer;

/** Within a server action, at its start: what came was a call that could be read. */
export function reachAction(): void {
  const answer = actionAnswer.getStore();
  if (answer) answer.reached = true;
}

/** Within a server action: the answer's status, where the console was started with its guard. */
export function setActionStatus(status: number): void {
  const answer = actionAnswer.getStore();
  if (answer) answer.status = status;
}

/** What is sent instead of Next.js's own status; a call that failed before it reached an action was malformed. */
export function toActionStatus(status: number, { reached, status: refused }: ActionAnswer): number {
  if (status === 200) return refused ?? 200;
  return status === 500 && !reached ? 400 : status;
}
