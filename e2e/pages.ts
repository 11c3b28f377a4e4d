import { readdirSync } from "node:fs";
import path from "node:path";
import { DEFAULT_RULES } from "../lib/domain/policy.ts";
import { addMember } from "../tests/world/add-member.ts";
import type { StartedLastgood } from "../tests/world/start-lastgood.ts";
import { expect } from "./fixtures.ts";

const APP = path.resolve(import.meta.dirname, "../app");
const NS = "/api/namespaces/acme";

/** What the pages are opened with. */
export type Things = {
  db: string;
  restoreId: string;
  approvalId: string;
  scheduleId: string;
  bookmark: string;
  webhookId: string;
};

/** Every page below app/, and where it is found; those of a stranger show something else to who is signed in. */
export const PAGES: Record<string, { address: (things: Things) => string; stranger?: true }> = {
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
  "/databases/[db]/drills": { address: ({ db }) => `/databases/${db}/drills` },
  "/databases/[db]/policy": { address: ({ db }) => `/databases/${db}/policy` },
  "/databases/[db]/past": { address: ({ db, bookmark }) => `/databases/${db}/past?at=${bookmark}` },
  "/databases/[db]/restores/[id]": { address: ({ db, restoreId }) => `/databases/${db}/restores/${restoreId}` },
  "/alarms": { address: () => "/alarms" },
  "/approvals": { address: () => "/approvals" },
  "/approvals/[id]": { address: ({ approvalId }) => `/approvals/${approvalId}` },
  "/schedules": { address: () => "/schedules" },
  "/schedules/new": { address: () => "/schedules/new" },
  "/schedules/[db]/[id]": { address: ({ db, scheduleId }) => `/schedules/${db}/${scheduleId}` },
  "/agents": { address: () => "/agents" },
  "/members": { address: () => "/members" },
  "/tokens": { address: () => "/tokens" },
  "/storage": { address: () => "/storage" },
  "/storage/second-copy": { address: () => "/storage/second-copy" },
  "/webhooks": { address: () => "/webhooks" },
  "/webhooks/[id]": { address: ({ webhookId }) => `/webhooks/${webhookId}` },
  "/integrations": { address: () => "/integrations" },
  "/deleted": { address: () => "/deleted" },
  "/reference": { address: () => "/reference" },
  "/audit": { address: () => "/audit" },
  "/account": { address: () => "/account" },
};

/** The addresses of all pages below app/, without the groups that only order files. */
export function findPages(folder = APP, address = ""): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (entry.isFile()) return entry.name === "page.tsx" ? [address === "" ? "/" : address] : [];
    const isGroup = /^\(.*\)$/.test(entry.name);
    return findPages(path.join(folder, entry.name), isGroup ? address : `${address}/${entry.name}`);
  });
}

/** A database with a restore behind it and a request that waits, so that no page of `PAGES` is empty. */
export async function makeThings(
  db: string,
  lastgood: StartedLastgood,
  api: (path: string, init?: RequestInit) => Promise<Response>,
): Promise<Things> {
  const post = async <T>(address: string, body: unknown, method = "POST"): Promise<T> => {
    const answer = await api(`${NS}${address}`, { method, body: JSON.stringify(body) });
    const text = await answer.text();
    expect(answer.ok, text).toBe(true);
    return JSON.parse(text) as T;
  };
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
  const schedule = await post<{ id: string }>(`/databases/${db}/schedules`, {
    name: "Nightly backup",
    cron: "30 2 * * *",
    zone: "Europe/Berlin",
    retentionDays: 30,
  });
  // Nothing listens there: page and log have something to complain of.
  const nowhere = "http://127.0.0.1:9/";
  const { webhook } = await post<{ webhook: { id: string } }>("/webhooks", { name: `pager of ${db}`, url: nowhere });
  await post(`/webhooks/${webhook.id}/test`, {});
  const variables = [{ name: "{DATABASE}_URL", holds: "connection" }];
  const deployment = { kind: "http", name: `deployment of ${db}`, baseUrl: nowhere, token: "a-token", variables };
  await post("/integrations", { ...deployment, databases: "all" });
  return { db, restoreId, approvalId: asked.id, scheduleId: schedule.id, bookmark, webhookId: webhook.id };
}
