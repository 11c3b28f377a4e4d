import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type ApiClient, createApiClient } from "../../lib/client/api-client.ts";
import { KeptAnswers } from "../../lib/client/kept-answers.ts";

/** What was asked, as `method path known → status`. */
let asked: string[] = [];
let version = 1;
let api: ApiClient;

const server = createServer((request, response) => {
  const etag = `"${version}"`;
  const known = request.headers["if-none-match"];
  const status = request.method === "GET" && known === etag ? 304 : 200;
  asked.push(`${request.method} ${request.url} ${known ?? "-"} ${status}`);
  response.writeHead(status, { etag, "content-type": "application/json" });
  response.end(status === 304 ? undefined : JSON.stringify({ version }));
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  asked = [];
  version = 1;
  api = createApiClient({ baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
});

test("what a page asks again is sent once, until it has changed", async () => {
  const ask = () => api.policy("acme", "shop");
  const [first, second] = [await ask(), await ask()];
  expect(second).toBe(first);
  version = 2;
  expect([await ask(), await ask()]).toEqual([{ version: 2 }, { version: 2 }]);
  const path = "GET /api/namespaces/acme/databases/shop/policy";
  expect(asked).toEqual([`${path} - 200`, `${path} "1" 304`, `${path} "1" 200`, `${path} "2" 304`]);
});

test("another address, and what changes something, knows nothing of it", async () => {
  await api.policy("acme", "shop");
  await api.policy("acme", "tools");
  await api.releaseWrites("acme", "shop", "1");
  await api.releaseWrites("acme", "shop", "1");
  expect(asked.map((one) => one.split(" ").slice(2).join(" "))).toEqual(["- 200", "- 200", "- 200", "- 200"]);
});

test("only so many are kept, and those without a name never", () => {
  const kept = new KeptAnswers();
  for (let n = 0; n < 1000; n++) kept.keep(`/${n}`, `"${n}"`, n);
  expect(kept.get("/999")).toEqual({ etag: '"999"', value: 999 });
  expect(kept.get("/0")).toBeUndefined();
  kept.keep("/999", null, 1000);
  expect(kept.get("/999")).toBeUndefined();
});
