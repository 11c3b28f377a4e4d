import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

const PROJECT = path.resolve(import.meta.dirname, "../..");

type Entry = { exportedName: string; workers: Record<string, unknown> };

/** A server action of the built console: the id that calls it, and a page that knows it. */
export type BuiltAction = { name: string; id: string; page: string };

/** Every exported server action of the sources, by name. */
export function namedActions(): string[] {
  return readdirSync(path.join(PROJECT, "app"), { recursive: true, encoding: "utf8" })
    .filter((file) => /actions\.ts$/.test(file))
    .map((file) => readFileSync(path.join(PROJECT, "app", file), "utf8"))
    .filter((text) => /^["']use server["'];?\s*$/m.test(text))
    .flatMap((text) => [...text.matchAll(/^export const (\w+)/gm)].map(([, name]) => name ?? ""));
}

/** `app/(console)/databases/[db]/page` is seen at `/databases/x`. */
function toPage(worker: string): string {
  const segments = worker.split("/").slice(1, -1);
  return `/${segments
    .filter((one) => !one.startsWith("("))
    .map((one) => one.replace(/^\[.*\]$/, "x"))
    .join("/")}`;
}

/** The server actions of the last build; those that no page uses are left out of it. */
export function builtActions(): BuiltAction[] {
  const file = path.join(PROJECT, ".next/server/server-reference-manifest.json");
  const { node } = JSON.parse(readFileSync(file, "utf8")) as { node: Record<string, Entry> };
  return Object.entries(node).map(([id, { exportedName, workers }]) => ({
    name: exportedName,
    id,
    page: toPage(Object.keys(workers)[0] ?? "app/page"),
  }));
}

export type ActionAnswer = { status: number; code: string | null; text: string; cookies: string[] };

/** Calls a server action as a browser would; `body` in place of `input` is sent as it is. */
export async function callAction(
  url: string,
  { id, page }: BuiltAction,
  { input, body, headers = {} }: { input?: unknown; body?: BodyInit; headers?: Record<string, string> },
): Promise<ActionAnswer> {
  const answer = await fetch(`${url}${page}`, {
    method: "POST",
    redirect: "manual",
    headers: { "next-action": id, accept: "text/x-component", "content-type": "text/plain;charset=UTF-8", ...headers },
    body: body ?? JSON.stringify([input]),
  });
  const text = await answer.text();
  const code = /"code":"(\w+)"/.exec(text)?.[1] ?? null;
  return { status: answer.status, code, text, cookies: answer.headers.getSetCookie() };
}
