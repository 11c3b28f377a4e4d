import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { metadata } from "../../../lib/db/client.ts";
import type { Role } from "../../../lib/domain/actions.ts";
import { createSession } from "../../../lib/services/auth/create-session.ts";
import { transact } from "../../../lib/services/transact.ts";
import { sealSession, sessionCookie } from "../../../lib/web/session-cookie.ts";
import { expectDocumented } from "../../world/expect-documented.ts";
import { openMetadataWorld } from "../services/open-metadata-world.ts";

const APP = path.resolve(import.meta.dirname, "../../../app");
export const ORIGIN = "http://127.0.0.1:3000";

type Handler = (
  request: Request,
  context: { params: Promise<Record<string, string> | undefined> },
) => Promise<Response>;

/** A route file: its address with its parameters in brackets, and what it exports. */
export type RouteFile = { pattern: string; file: string; load(): Promise<Record<string, Handler>> };

/** Every route file below app/, whoever wrote it. */
export function findRouteFiles(): RouteFile[] {
  return readdirSync(APP, { recursive: true, encoding: "utf8" })
    .filter((file) => /(^|\/)route\.tsx?$/.test(file))
    .map((file) => ({
      pattern: `/${path.dirname(file)}`.replaceAll(/\/\([^)]*\)/g, ""),
      file,
      load: () => import(pathToFileURL(path.join(APP, file)).href) as Promise<Record<string, Handler>>,
    }))
    .sort((a, b) => a.pattern.localeCompare(b.pattern));
}

export type Caller = { name: string; userId: string; headers: Record<string, string> };
export type CallOptions = { body?: unknown; query?: string; headers?: Record<string, string> };

/** The parameters of an address as Next.js gives them: none for one that has none. */
export const givenParams = (params: Record<string, string>) => ({
  params: Promise.resolve(Object.keys(params).length > 0 ? params : undefined),
});

/** Calls a handler as Next.js would, in this process: no agent is running. */
export async function callRoute(
  handlers: Record<string, Handler>,
  method: string,
  pattern: string,
  params: Record<string, string>,
  { body, query = "", headers = {} }: CallOptions = {},
): Promise<Response> {
  const handler = handlers[method];
  if (!handler) throw new Error(`${pattern} has no ${method}`);
  const address = pattern.replaceAll(/\[([a-z]+)\]/g, (_, name: string) => encodeURIComponent(params[name] ?? ""));
  const raw = typeof body === "string" || body instanceof Uint8Array;
  const init: RequestInit & { duplex?: "half" } = { method, headers: { host: "127.0.0.1:3000", ...headers } };
  if (body !== undefined) {
    init.body = raw ? (body as BodyInit) : JSON.stringify(body);
    init.headers = { "content-type": "application/json", ...init.headers };
    init.duplex = "half";
  }
  const answer = await handler(new Request(`${ORIGIN}${address}${query}`, init), givenParams(params));
  const { status, headers: answered } = answer;
  const text = /json|^$/.test(answered.get("content-type") ?? "") ? await answer.clone().text() : "";
  await expectDocumented(method, address, { status, headers: answered, text });
  return answer;
}

/** Two namespaces with a database each, and one caller of each role with a session and with a token. */
export async function openRouteWorld() {
  const world = await openMetadataWorld();
  const block = path.join(world.data, "backup.json");
  writeFileSync(block, JSON.stringify({ backup: { enabled: true, allowRestore: true, database: "acme/shop" } }));
  process.env.LASTGOOD_BACKUP_CONFIG = block;
  const acme = await world.addNamespace("acme");
  const other = await world.addNamespace("other");

  async function sessionOf(userId: string): Promise<Record<string, string>> {
    const user = await metadata().user.findUniqueOrThrow({ where: { id: userId } });
    const claims = await transact((tx) => createSession(tx, user));
    return { cookie: `a=b; ${sessionCookie().name}=${await sealSession(claims)}`, origin: ORIGIN };
  }
  async function callersOf(role: Role, namespaceId: string): Promise<Caller[]> {
    const userId = await world.addUser(`${role}@${namespaceId}.example`, { [namespaceId]: role });
    return [
      { name: `${role} by session`, userId, headers: await sessionOf(userId) },
      {
        name: `${role} by token`,
        userId,
        headers: { authorization: `Bearer ${await world.addToken(userId, namespaceId)}` },
      },
    ];
  }
  const owner = await callersOf("owner", acme);
  const { userId } = await metadata().membership.findFirstOrThrow({ where: { namespaceId: acme, role: "owner" } });
  const tools = await world.addDatabase(acme, "tools");
  const limited = await world.addToken(userId, acme, "all", [tools]);
  const shop = await world.addDatabase(acme, "shop");
  return {
    ...world,
    acme,
    other,
    sessionOf,
    shop,
    /** A preview of it. */
    preview: await world.addPreview(shop, "shop-preview"),
    /** An owner's token that is good for one other database of acme. */
    limited: {
      name: "owner by limited token",
      userId,
      headers: { authorization: `Bearer ${limited}` },
    } satisfies Caller,
    tools,
    theirs: await world.addDatabase(other, "theirs"),
    callers: {
      owner,
      admin: await callersOf("admin", acme),
      member: await callersOf("member", acme),
      viewer: await callersOf("viewer", acme),
      foreigner: await callersOf("owner", other),
    },
  };
}

export type RouteWorld = Awaited<ReturnType<typeof openRouteWorld>>;
