import { AsyncLocalStorage } from "node:async_hooks";

/**
 * The HTTP status of a server action's answer. Next.js always says 200; a refusal is to be one for whoever looks at the
 * wire too. Kept on globalThis, since the server and the bundled pages each load this module.
 */
const shared: { lastgoodActionStatus?: AsyncLocalStorage<{ status: number | null }> } & typeof globalThis = globalThis;
shared.lastgoodActionStatus ??= new AsyncLocalStorage();
export const actionStatus: AsyncLocalStorage<{ status: number | null }> = shared.lastgoodActionStatus;

/** Within a server action: the answer's status, where the console was started with its guard. */
export function setActionStatus(status: number): void {
  const answer = actionStatus.getStore();
  if (answer) answer.status = status;
}
