import { AsyncLocalStorage } from "node:async_hooks";

/** What all that is done for one request, or for a job that one asked for, has in common. */
export type RequestScope = { requestId: string };

/** Kept on globalThis, since the console's server and its bundled pages each load this module. */
const shared: { lastgoodRequestScope?: AsyncLocalStorage<RequestScope | null> } & typeof globalThis = globalThis;
shared.lastgoodRequestScope ??= new AsyncLocalStorage();

/** Whatever runs in it logs under that id, and hands it on to the agent and to jobs. */
export const requestScope: AsyncLocalStorage<RequestScope | null> = shared.lastgoodRequestScope;

/** The request for which this is being done; null outside of any. */
export function currentRequestId(): string | null {
  return requestScope.getStore()?.requestId ?? null;
}

/** Runs what a request only set off and what outlives it: timers begun in it would log under that request for ever. */
export function outsideOfRequests<T>(run: () => T): T {
  return requestScope.run(null, run);
}

/** 8 to 64 characters that mean nothing to a log, a header or a shell. */
const SAFE = /^[A-Za-z0-9][A-Za-z0-9._-]{7,63}$/;

/** An id that somebody else gave, if it is safe to repeat; else null. */
export function safeRequestId(given: unknown): string | null {
  return typeof given === "string" && SAFE.test(given) ? given : null;
}

/** How an id travels between our own processes. */
export const REQUEST_ID_HEADER = "x-request-id";
