import type { Page } from "@playwright/test";
import type { StartedLastgood } from "../tests/world/start-lastgood.ts";
import { expect, test } from "./fixtures.ts";

async function signIn(page: Page, lastgood: StartedLastgood): Promise<void> {
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(lastgood.owner.email);
  await page.getByLabel("Password").fill(lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
}

type Api = (path: string, init?: RequestInit) => Promise<Response>;

async function host(api: Api, name: string): Promise<void> {
  const body = JSON.stringify({ name, engine: "sqlite" });
  expect((await api("/api/namespaces/acme/databases", { method: "POST", body })).status).toBe(201);
}

/** Runs SQL with any token; answers status, code of a refusal, and the first result's rows. */
async function ask(lastgood: StartedLastgood, token: string, route: string, body?: unknown) {
  const answer = await fetch(`${lastgood.url}/api/namespaces/acme/databases${route}`, {
    method: body === undefined ? "GET" : "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const json = (await answer.json()) as { code?: string; databases?: { name: string }[]; 0?: { results: unknown[] } };
  return { status: answer.status, code: json.code, databases: json.databases, rows: json[0]?.results };
}

test("a token made on the page queries its one database, cannot restore it, and ends when it is revoked", async ({
  page,
  lastgood,
  api,
}) => {
  await host(api, "token-shop");
  await host(api, "token-other");
  await signIn(page, lastgood);
  await page.goto("/tokens");
  await page.getByRole("button", { name: "New token…" }).click();
  const make = page.getByRole("button", { name: "Make the token" });
  await expect(make).toBeDisabled();
  await page.getByLabel("Name").fill("shop robot");
  await expect(page.getByText(/It cannot .*restore in place/)).toBeVisible();
  await page.getByText("These alone").click();
  await page.getByLabel("token-shop").check();
  await make.click();
  const secret = page.getByLabel("The token", { exact: true });
  const token = ((await secret.locator("p").textContent()) ?? "").trim();
  expect(token).toMatch(/^lg_[\w-]{43}$/);
  await page.getByRole("button", { name: "I have it" }).click();
  expect(await page.content()).not.toContain(token);

  const written = await ask(lastgood, token, "/token-shop/query", { sql: "CREATE TABLE t (x); SELECT 1 AS one" });
  expect(written.status).toBe(200);
  const bookmark = await ask(lastgood, token, "/token-shop/restore", { timestamp: Date.now() });
  expect(bookmark).toMatchObject({ status: 403, code: "forbidden" });
  expect(await ask(lastgood, token, "/token-other")).toMatchObject({ status: 404, code: "not_found" });
  expect((await ask(lastgood, token, "")).databases?.map(({ name }) => name)).toEqual(["token-shop"]);

  await page.reload();
  const row = page.getByRole("row", { name: /shop robot/ });
  await expect(row.getByText("cannot destroy")).toBeVisible();
  await expect(row.getByText("from 127.0.0.1")).toBeVisible();
  await row.getByRole("button", { name: "Revoke shop robot…" }).click();
  await page.getByRole("button", { name: "Revoke the token" }).click();
  await expect(row.getByText("revoked")).toBeVisible();
  expect(await ask(lastgood, token, "/token-shop")).toMatchObject({ status: 401, code: "unauthenticated" });
});

test("a deleted database is seen under Deleted with the day it will be gone, and comes back with its rows", async ({
  page,
  lastgood,
  api,
}) => {
  await host(api, "slow-shop");
  await ask(lastgood, lastgood.token, "/slow-shop/query", { sql: "CREATE TABLE t (x); INSERT INTO t VALUES (7)" });
  await signIn(page, lastgood);
  await page.goto("/databases/slow-shop");
  await page.getByRole("button", { name: "Delete…" }).click();
  await expect(page.getByText(/kept for 7 days, until/)).toBeVisible();
  await page.getByLabel(/to confirm/).fill("slow-shop");
  await page.getByRole("button", { name: "Delete slow-shop" }).click();
  await expect(page).toHaveURL("/databases");
  expect(await ask(lastgood, lastgood.token, "/slow-shop")).toMatchObject({ status: 404 });

  await page.goto("/deleted");
  const row = page.getByRole("row", { name: /slow-shop/ });
  await expect(row.getByText(`by ${lastgood.owner.email}`)).toBeVisible();
  await expect(row.getByText(/in 6 d 23 h|in 7 d/)).toBeVisible();
  await row.getByRole("button", { name: "Bring slow-shop back…" }).click();
  await page.getByRole("button", { name: "Bring back", exact: true }).click();
  await expect(page).toHaveURL("/databases/slow-shop");
  await expect(page.getByText("Protected", { exact: false }).first()).toBeVisible();
  await expect
    .poll(async () => (await ask(lastgood, lastgood.token, "/slow-shop/query", { sql: "SELECT x FROM t" })).rows)
    .toEqual([{ x: 7 }]);
});

test("a shorter window is announced, waits for its time, and is taken back", async ({ page, lastgood, api }) => {
  await host(api, "window-shop");
  await signIn(page, lastgood);
  await page.goto("/databases/window-shop");
  await page.getByLabel("Window in days").fill("7");
  await page.getByRole("button", { name: "Shorten the window" }).click();
  await expect(page.getByText("The window becomes 7 days.")).toBeVisible();
  await page.getByRole("button", { name: "Keep 30 days" }).click();
  await expect(page.getByText("The window becomes 7 days.")).toBeHidden();
});
