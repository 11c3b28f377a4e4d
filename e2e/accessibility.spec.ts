import { readdirSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import type { Page } from "@playwright/test";
import { DEFAULT_RULES } from "../lib/domain/policy.ts";
import { addMember } from "../tests/world/add-member.ts";
import { expect, test } from "./fixtures.ts";

const APP = path.resolve(import.meta.dirname, "../app");
const NS = "/api/namespaces/acme";

/** What the pages are opened with. */
type Things = { db: string; restoreId: string; approvalId: string; bookmark: string };

/** Every page below app/, and where it is found; a page without a row fails. */
const PAGES: Record<string, { address: (things: Things) => string; stranger?: true }> = {
  "/sign-in": { address: () => "/sign-in", stranger: true },
  "/set-up": { address: () => "/set-up", stranger: true },
  "/invitation": { address: () => "/invitation", stranger: true },
  "/no-namespace": { address: () => "/no-namespace" },
  "/": { address: () => "/" },
  "/databases": { address: () => "/databases" },
  "/databases/new": { address: () => "/databases/new" },
  "/databases/[db]": { address: ({ db }) => `/databases/${db}` },
  "/databases/[db]/backups": { address: ({ db, bookmark }) => `/databases/${db}/backups?at=${bookmark}` },
  "/databases/[db]/browse": { address: ({ db }) => `/databases/${db}/browse` },
  "/databases/[db]/policy": { address: ({ db }) => `/databases/${db}/policy` },
  "/databases/[db]/past": { address: ({ db, bookmark }) => `/databases/${db}/past?at=${bookmark}` },
  "/databases/[db]/restores/[id]": { address: ({ db, restoreId }) => `/databases/${db}/restores/${restoreId}` },
  "/approvals": { address: () => "/approvals" },
  "/approvals/[id]": { address: ({ approvalId }) => `/approvals/${approvalId}` },
  "/members": { address: () => "/members" },
  "/tokens": { address: () => "/tokens" },
  "/deleted": { address: () => "/deleted" },
  "/audit": { address: () => "/audit" },
  "/account": { address: () => "/account" },
};

/** The addresses of all pages, without the groups that only order files. */
function findPages(folder = APP, address = ""): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return entry.name === "page.tsx" ? [address === "" ? "/" : address] : [];
    const isGroup = /^\(.*\)$/.test(entry.name);
    return findPages(path.join(folder, entry.name), isGroup ? address : `${address}/${entry.name}`);
  });
}

async function findViolations(page: Page, where: string): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, impact, nodes }) => `${where}: ${impact} ${id} ${nodes[0]?.html ?? ""}`);
}

/** Light and wide, dark and wide, dark on a phone; also whether the phone has to be scrolled sideways. */
async function checkLooks(page: Page, where: string): Promise<string[]> {
  await page.waitForLoadState("networkidle");
  const found: string[] = [];
  for (const [colorScheme, width] of [
    ["light", 1280],
    ["dark", 1280],
    ["dark", 390],
  ] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await page.setViewportSize({ width, height: 800 });
    await expect(page.locator("html")).toHaveAttribute("data-theme", colorScheme);
    found.push(...(await findViolations(page, `${where} ${colorScheme} ${width}`)));
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    if (overflow > 0) found.push(`${where} ${width}: ${overflow} px too wide`);
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  return found;
}

test("every page has a row here", () => {
  expect(findPages().sort()).toEqual(Object.keys(PAGES).sort());
});

test("no page has an accessibility violation, in both themes and on a phone", async ({ browser, lastgood, api }) => {
  test.setTimeout(300_000);
  const post = async <T>(address: string, body: unknown, method = "POST"): Promise<T> => {
    const answer = await api(`${NS}${address}`, { method, body: JSON.stringify(body) });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return JSON.parse(text) as T;
  };
  const db = "axe";
  await post("/databases", { name: db, engine: "sqlite" });
  await post(`/databases/${db}/query`, {
    sql: "create table t(a integer primary key, b text); insert into t(b) values('one')",
  });
  const { bookmark } = (await (await api(`${NS}/databases/${db}/bookmark`)).json()) as { bookmark: string };
  await post(`/databases/${db}/query`, { sql: "delete from t" });
  const { restoreId } = await post<{ restoreId: string }>(`/databases/${db}/restore`, { bookmark });
  await post(`/databases/${db}/query`, { sql: "insert into t(b) values('two')" });
  await addMember(lastgood.data, lastgood.namespace, "admin");
  await post(`/databases/${db}/policy`, { rules: { ...DEFAULT_RULES, approvals: 1 }, version: 0 }, "PUT");
  const asked = await post<{ id: string }>(`/databases/${db}/approvals`, {
    kind: "restore.project",
    reason: "a DELETE without WHERE",
    bookmark,
  });
  const things: Things = { db, restoreId, approvalId: asked.id, bookmark };

  const context = await browser.newContext({ baseURL: lastgood.url });
  const page = await context.newPage();
  const found: string[] = [];
  const rows = Object.entries(PAGES);
  for (const [where, { address }] of rows.filter(([, { stranger }]) => stranger)) {
    await page.goto(address(things));
    found.push(...(await checkLooks(page, where)));
  }
  await page.goto("/sign-in");
  await page.getByLabel("E-mail").fill(lastgood.owner.email);
  await page.getByLabel("Password").fill(lastgood.owner.password);
  await page.getByRole("button", { name: "Sign in" }).click();
  await expect(page).toHaveURL("/");
  for (const [where, { address }] of rows.filter(([, { stranger }]) => !stranger)) {
    await page.goto(address(things));
    found.push(...(await checkLooks(page, where)));
  }
  expect(found).toEqual([]);
  await context.close();
});
