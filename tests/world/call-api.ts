import { expect } from "vitest";
import { expectDocumented } from "./expect-documented.ts";
import type { StartedLastgood } from "./start-lastgood.ts";

export type ApiAnswer<T> = { status: number; headers: Headers; body: T };

/** Calls a route below the namespace with the owner's token; `body` makes it a POST. */
export async function callApi<T>(
  lastgood: StartedLastgood,
  route: string,
  { body, method, headers }: { body?: unknown; method?: string; headers?: Record<string, string> } = {},
): Promise<ApiAnswer<T>> {
  const answer = await fetch(`${lastgood.url}/api/namespaces/${lastgood.namespace}${route}`, {
    method: method ?? (body === undefined ? "GET" : "POST"),
    headers: { authorization: `Bearer ${lastgood.token}`, "content-type": "application/json", ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  await expectDocumented(method ?? (body === undefined ? "GET" : "POST"), new URL(answer.url).pathname, {
    status: answer.status,
    headers: answer.headers,
    text,
  });
  return { status: answer.status, headers: answer.headers, body: (text === "" ? null : JSON.parse(text)) as T };
}

/** Attaches a file and waits until it is protected. Answers the database's id. */
export async function attachFile(lastgood: StartedLastgood, name: string, file: string): Promise<string> {
  const created = await callApi<{ id: string }>(lastgood, "/databases", {
    body: { name, engine: "sqlite", attach: { path: file } },
  });
  expect(created, JSON.stringify(created.body)).toMatchObject({ status: 201 });
  return created.body.id;
}
