import { setTimeout as sleep } from "node:timers/promises";
import { expectDocumented } from "./expect-documented.ts";
import type { StartedLastgood } from "./start-lastgood.ts";

export type V1Answer<T> = { status: number; headers: Headers; body: T };
type Calling = { method?: string; body?: unknown; headers?: Record<string, string>; token?: string };

/** Calls a route under `/v1` as the owner's token, or another one; an answer without a body is null. */
export async function callV1<T>(
  { url, token: owners }: StartedLastgood,
  route: string,
  { body, method = body === undefined ? "GET" : "POST", headers = {}, token = owners }: Calling = {},
): Promise<V1Answer<T>> {
  const answer = await fetch(`${url}/v1/${route}`, {
    method,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  await expectDocumented(method, new URL(answer.url).pathname, {
    status: answer.status,
    headers: answer.headers,
    text,
  });
  return { status: answer.status, headers: answer.headers, body: (text === "" ? null : JSON.parse(text)) as T };
}

/** Asks until something of `/v1` that runs has ended, and answers it as it then is. */
export async function untilEnded<T extends { status: string }>(
  lastgood: StartedLastgood,
  route: string,
  patienceMs = 60_000,
): Promise<T> {
  for (const untilMs = performance.now() + patienceMs; performance.now() < untilMs; await sleep(50)) {
    const { body } = await callV1<T>(lastgood, route);
    if (body.status !== "queued" && body.status !== "running") return body;
  }
  throw new Error(`${route} did not end`);
}
