import type { Role } from "../../../lib/domain/actions.ts";
import type { RouteWorld } from "./open-route-world.ts";

/*
 * Who may call what of the D1 API, by API token alone. No agent runs in the test: where a caller who is let through comes to a
 * question for the agent they get 503 for a GET, and for anything else 400 with a sentence about the agent, since D1's
 * clients would repeat a 503.
 */
export type D1Row = {
  weakest: Role;
  /** What a caller who may is answered, and what the answer says. */
  status: number;
  says?: RegExp;
  body?: (world: RouteWorld) => unknown;
  query?: string;
  /** The address names no account: strangers alone are refused. */
  isOwn?: true;
};

const ACCOUNT = "/client/v4/accounts/[account]/d1/database";
const DB = `${ACCOUNT}/[db]`;
const agent = { status: 400, says: /agent/ } as const;
const AT = `?bookmark=00000001-00000000-00000001-${"ab".repeat(16)}`;

export const D1_ROWS: Record<string, D1Row> = {
  "GET /client/v4/user": { weakest: "viewer", status: 200, isOwn: true },
  "GET /client/v4/user/tokens/verify": { weakest: "viewer", status: 200, isOwn: true },
  "GET /client/v4/accounts": { weakest: "viewer", status: 200, isOwn: true },
  "GET /client/v4/memberships": { weakest: "viewer", status: 200, isOwn: true },
  [`GET ${ACCOUNT}`]: { weakest: "viewer", status: 200 },
  [`POST ${ACCOUNT}`]: { weakest: "admin", status: 400, says: /already exists/, body: () => ({ name: "shop" }) },
  [`GET ${DB}`]: { weakest: "viewer", status: 200 },
  [`PUT ${DB}`]: { weakest: "admin", status: 200, body: () => ({ read_replication: { mode: "disabled" } }) },
  [`PATCH ${DB}`]: { weakest: "admin", status: 200, body: () => ({ read_replication: { mode: "disabled" } }) },
  [`POST ${DB}/query`]: { weakest: "member", ...agent, body: () => ({ sql: "SELECT 1" }) },
  [`POST ${DB}/raw`]: { weakest: "member", ...agent, body: () => ({ sql: "SELECT 1" }) },
  [`POST ${DB}/import`]: {
    weakest: "member",
    status: 200,
    says: /upload_url/,
    body: () => ({ action: "init", etag: "ab".repeat(16) }),
  },
  [`POST ${DB}/export`]: { weakest: "member", ...agent, body: () => ({ output_format: "polling" }) },
  [`GET ${DB}/time_travel/bookmark`]: { weakest: "viewer", status: 503 },
  [`POST ${DB}/time_travel/restore`]: { weakest: "admin", ...agent, query: AT },
};

/** Beside its own row, which would use the database up. */
export const D1_DELETE = `DELETE ${DB}`;
/** What it is about stands in the body. */
export const D1_METRICS = "POST /client/v4/graphql";
/** Their addresses are the permission. */
export const D1_LINKED = ["PUT /client/v4/d1/uploads/[link]", "GET /client/v4/d1/downloads/[link]"];
/** Nothing is there for anybody. */
export const D1_NOWHERE = "/client/v4/[...rest]";
