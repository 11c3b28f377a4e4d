import type { StartedLastgood } from "./start-lastgood.ts";

export type D1Envelope<T> = {
  success: boolean;
  result: T;
  errors: { code: number; message: string }[];
  messages: unknown[];
  result_info?: { page: number; per_page: number; count: number; total_count: number };
};
export type D1Answer<T> = { status: number; headers: Headers; body: D1Envelope<T> };
type Calling = { method?: string; body?: unknown; headers?: Record<string, string>; token?: string | null };

/** Calls a route below `/client/v4` as the owner's token, or another one; null: without any. */
export async function callD1<T>(
  { url, token: owners }: Pick<StartedLastgood, "url" | "token">,
  route: string,
  { body, method = body === undefined ? "GET" : "POST", headers = {}, token = owners }: Calling = {},
): Promise<D1Answer<T>> {
  const answer = await fetch(`${url}/client/v4/${route}`, {
    method,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      "content-type": "application/json",
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, headers: answer.headers, body: (await answer.json()) as D1Envelope<T> };
}
