import type { IntegrationSettings } from "../../domain/integration.ts";
import type { PushedValues } from "./read-values.ts";

export type PushRequest = { url: string; method: "PUT" | "POST"; body: string };

/**
 * The request that pushes variables. `http`: `PUT {baseUrl}` of `{variables, database, restore}`. `vercel`: `POST
 * {baseUrl}/v10/projects/{project}/env?upsert=true`, which changes those that are there and makes the others
 * (https://vercel.com/docs/rest-api/projects/create-one-or-more-environment-variables).
 */
export function pushRequest(baseUrl: string, settings: IntegrationSettings, values: PushedValues): PushRequest {
  if (settings.kind === "http") return { url: baseUrl, method: "PUT", body: JSON.stringify(values) };
  const url = new URL(`${baseUrl.replace(/\/+$/, "")}/v10/projects/${encodeURIComponent(settings.project)}/env`);
  url.searchParams.set("upsert", "true");
  if (settings.teamId !== null) url.searchParams.set("teamId", settings.teamId);
  const body = Object.entries(values.variables).map(([key, value]) => ({
    key,
    value,
    type: "encrypted",
    target: settings.targets,
  }));
  return { url: url.href, method: "POST", body: JSON.stringify(body) };
}

/**
 * What is wrong with an answer; null: nothing. Vercel answers 201 also where some of the variables failed. Nothing of the
 * answer is passed on but codes in a word: it may hold the values.
 */
export function refusalOfPush(kind: IntegrationSettings["kind"], status: number, text: string): string | null {
  const isTaken = status >= 200 && status < 300;
  if (kind === "http") return isTaken ? null : wordsOf(status, null);
  const answer = parse(text);
  if (!isTaken) return wordsOf(status, codeOf(answer?.error));
  const failed = Array.isArray(answer?.failed) ? answer.failed : [];
  if (failed.length === 0) return null;
  const code = codeOf((failed[0] as { error?: unknown } | null)?.error);
  return `It did not take ${failed.length} of the variables${code === null ? "" : ` (${code})`}.`;
}

function wordsOf(status: number, code: string | null): string {
  const said = `It answered ${status}${code === null ? "" : ` (${code})`}`;
  if (status === 401 || status === 403) return `${said}: the token is not good for this. Give another one.`;
  if (status === 404) return `${said}: check the address and the project.`;
  if (status >= 300 && status < 400) return `${said}, a redirect, which is not followed. Give the final address.`;
  return `${said}; only 2xx counts as taken.`;
}

function parse(text: string): { error?: unknown; failed?: unknown } | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

function codeOf(error: unknown): string | null {
  if (typeof error !== "object" || error === null || !("code" in error)) return null;
  return typeof error.code === "string" && /^[a-zA-Z][a-zA-Z_-]{0,63}$/.test(error.code) ? error.code : null;
}
