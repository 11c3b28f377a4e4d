import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { Role } from "../../../lib/domain/actions.ts";
import { DEFAULT_RULES } from "../../../lib/domain/policy.ts";
import { hashToken } from "../../../lib/services/auth/hash-token.ts";
import { addRequest } from "../services/approval-drafts.ts";
import { AGENT_ROWS } from "./agent-rows.ts";
import { ALARM_ROWS } from "./alarm-rows.ts";
import { BLOCK_ROWS } from "./block-rows.ts";
import { COPY_ROWS } from "./copy-rows.ts";
import { DRILL_ROWS } from "./drill-rows.ts";
import { ENROLMENT_ROWS } from "./enrolment-rows.ts";
import { ERASURE_ROWS } from "./erasure-rows.ts";
import { HOOK_ROWS } from "./hook-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";
import { SCHEDULE_ROWS } from "./schedule-rows.ts";

/*
 * Who may call what. Every route file below app/ and every method that it allows must have a row here. No agent runs in
 * the test, so a caller who is let through to a question for the agent gets 503, which no denial ever is.
 */
export type Row = {
  /** The weakest role that may; everybody above may as well. */
  weakest: Role;
  /** What a caller who may is answered. */
  status: number;
  /** What their token is answered, where that is something else. */
  byToken?: number;
  body?: (world: RouteWorld) => unknown;
  query?: string;
  headers?: Record<string, string>;
  /** Ids of things that are made anew for each call, since the call uses them up. */
  params?: (world: RouteWorld, databaseId: string, callerId: string) => Promise<Record<string, string>>;
  /**
   * What a token that is limited to another database is answered where the address names none: 403 unless this says
   * otherwise. Whatever it is answered is about its own database alone.
   */
  limited?: number;
  /** Another namespace's or database's things in the place of those params. */
  foreign?: (world: RouteWorld) => Promise<Record<string, string>>;
};

const NS = "/api/namespaces/[ns]";
const DB = `${NS}/databases/[db]`;
const V1 = "/v1/projects/[id]";
const V1_DATABASE = "/v1/databases/[id]";
const point = { timestamp: 1_795_244_288_123 };
const bookmark = `00000001-00000000-00000001-${"ab".repeat(16)}`;

export async function addRestore(databaseId: string, targetKind = "project"): Promise<string> {
  const id = randomUUID();
  await metadata().restore.create({
    data: {
      id,
      databaseId,
      openKey: null,
      targetKind,
      sourceKind: "bookmark",
      toBookmark: bookmark,
      toTimeMs: 1n,
      planDigest: "d",
      status: "completed",
      createdAtMs: 1n,
    },
  });
  return id;
}

export async function addDeleted(world: RouteWorld, namespaceId: string): Promise<string> {
  const id = await world.addDatabase(namespaceId, `gone-${randomUUID().slice(0, 8)}`);
  await metadata().database.update({
    where: { id },
    data: { state: "deleted", nameKey: null, deletedAtMs: 1n, purgeAfterMs: BigInt(Date.now() + 86_400_000) },
  });
  return id;
}

const restoreParams = {
  params: async (_: RouteWorld, databaseId: string) => ({ id: await addRestore(databaseId) }),
  foreign: async (world: RouteWorld) => ({ id: await addRestore(world.theirs) }),
};
const bucket = () => ({ region: "us-east-1", bucket: "copies", accessKeyId: "a", secretAccessKey: "s" });

export async function addBackup(namespaceId: string, databaseId: string, isDeleted = false): Promise<string> {
  const id = randomUUID();
  await metadata().backup.create({
    data: {
      id,
      namespaceId,
      databaseId,
      key: `20260101T000000Z-${id.replaceAll("-", "").slice(0, 12)}`,
      kind: "physical",
      trigger: "manual",
      status: "completed",
      sizeBytes: 1n,
      rawBytes: 4096n,
      sha256: "ab".repeat(32),
      createdAtMs: 1n,
      ...(isDeleted && { deletedAtMs: 1n, purgeAfterMs: BigInt(Date.now() + 86_400_000) }),
    },
  });
  return id;
}

const backupParams = (isDeleted = false) => ({
  params: async (world: RouteWorld, databaseId: string) => ({ id: await addBackup(world.acme, databaseId, isDeleted) }),
  foreign: async (world: RouteWorld) => ({ id: await addBackup(world.other, world.theirs, isDeleted) }),
});
const projectBackupParams = {
  limited: 404,
  params: async (world: RouteWorld) => ({ id: world.shop, backup: await addBackup(world.acme, world.shop) }),
  foreign: async (world: RouteWorld) => ({ id: world.shop, backup: await addBackup(world.other, world.theirs) }),
};
const previewParams = {
  params: async (world: RouteWorld) => ({ db: world.preview }),
};
/** Under `/v1` a project is named by its id alone. */
const projectParams = {
  limited: 404,
  params: async (world: RouteWorld) => ({ id: world.shop }),
  foreign: async (world: RouteWorld) => ({ id: world.theirs }),
};
const snapshotParams = {
  params: async (world: RouteWorld, databaseId: string) => ({ id: await world.addRestorePoint(databaseId, "label") }),
  foreign: async (world: RouteWorld) => ({ id: await world.addRestorePoint(world.theirs, "label") }),
};

const projectPointParams = {
  limited: 404,
  params: async (world: RouteWorld) => ({ id: world.shop, point: await world.addRestorePoint(world.shop, "label") }),
  foreign: async (world: RouteWorld) => ({ point: await world.addRestorePoint(world.theirs, "label") }),
};

const tokenParams = {
  params: async (world: RouteWorld) => {
    const { id: userId } = await metadata().user.findUniqueOrThrow({
      where: { email: `member@${world.acme}.example` },
    });
    return { id: await tokenIdOf(world, userId, world.acme) };
  },
  foreign: async (world: RouteWorld) => {
    const { id: userId } = await metadata().user.findUniqueOrThrow({
      where: { email: `owner@${world.other}.example` },
    });
    return { id: await tokenIdOf(world, userId, world.other) };
  },
};

const ownRequestParams = {
  params: async (world: RouteWorld, databaseId: string, callerId: string) => ({
    id: await addRequest(world.acme, databaseId, callerId),
  }),
  foreign: async (world: RouteWorld) => ({ id: await addRequest(world.other, world.theirs, randomUUID()) }),
};
const requestParams = {
  ...ownRequestParams,
  params: async (world: RouteWorld, databaseId: string) => ({
    id: await addRequest(world.acme, databaseId, randomUUID()),
  }),
};

export async function tokenIdOf(world: RouteWorld, userId: string, namespaceId: string): Promise<string> {
  const hash = hashToken(await world.addToken(userId, namespaceId));
  return (await metadata().apiToken.findUniqueOrThrow({ where: { hash } })).id;
}

const memberParams = {
  params: async (world: RouteWorld) => ({
    id: await world.addUser(`${randomUUID()}@acme.example`, { [world.acme]: "member" }),
  }),
  foreign: async (world: RouteWorld) => ({
    id: await world.addUser(`${randomUUID()}@other.example`, { [world.other]: "member" }),
  }),
};
const invitationParams = {
  params: async (world: RouteWorld) => ({ id: await addInvitation(world, world.acme) }),
  foreign: async (world: RouteWorld) => ({ id: await addInvitation(world, world.other) }),
};

export async function addInvitation(world: RouteWorld, namespaceId: string): Promise<string> {
  const [id, email] = [randomUUID(), `${randomUUID()}@acme.example`];
  const createdBy = await world.addUser(`${randomUUID()}@acme.example`, { [namespaceId]: "owner" });
  const made = { namespaceId, email, role: "member", hash: id, createdAtMs: 1n, createdBy, createdByName: "test" };
  await metadata().invitation.create({ data: { id, ...made, expiresAtMs: BigInt(Date.now()) + 1_000_000n } });
  return id;
}

export const ROWS: Record<string, Row> = {
  ...AGENT_ROWS,
  ...ENROLMENT_ROWS,
  ...ALARM_ROWS,
  ...COPY_ROWS,
  ...DRILL_ROWS,
  ...ERASURE_ROWS,
  ...HOOK_ROWS,
  [`GET ${NS}`]: { weakest: "viewer", status: 200, limited: 200 },
  [`GET ${NS}/members`]: { weakest: "viewer", status: 200 },
  [`PATCH ${NS}/members/[id]`]: { weakest: "admin", status: 204, body: () => ({ role: "viewer" }), ...memberParams },
  [`DELETE ${NS}/members/[id]`]: { weakest: "admin", status: 204, ...memberParams },
  [`PUT ${NS}/members/[id]/write-right`]: {
    weakest: "admin",
    status: 204,
    body: () => ({ database: "shop", mayWrite: false }),
    ...memberParams,
  },
  [`GET ${NS}/invitations`]: { weakest: "admin", status: 200 },
  [`POST ${NS}/invitations`]: {
    weakest: "admin",
    status: 201,
    body: () => ({ email: `${randomUUID()}@acme.example`, role: "member" }),
  },
  [`DELETE ${NS}/invitations/[id]`]: { weakest: "admin", status: 204, ...invitationParams },
  [`GET ${NS}/audit`]: { weakest: "admin", status: 200 },
  [`GET ${NS}/audit/status`]: { weakest: "admin", status: 200 },
  [`GET ${NS}/audit/anchor`]: { weakest: "admin", status: 200 },
  [`GET ${NS}/audit/export`]: { weakest: "admin", status: 200, query: "?format=csv" },
  [`POST ${NS}/preflight`]: { weakest: "admin", status: 503, body: () => ({ path: "/srv/shop.db" }) },
  [`PUT ${NS}/uploads`]: {
    weakest: "admin",
    status: 503,
    body: () => new Uint8Array([1, 2, 3]),
    headers: { "content-type": "application/octet-stream" },
  },
  [`GET ${NS}/tokens`]: { weakest: "member", status: 200 },
  [`POST ${NS}/tokens`]: { weakest: "member", status: 201, body: () => ({ name: "ci", expiresInHours: 1 }) },
  [`DELETE ${NS}/tokens/[id]`]: { weakest: "member", status: 204, ...tokenParams },
  [`GET ${NS}/databases`]: { weakest: "viewer", status: 200, limited: 200 },
  [`POST ${NS}/databases`]: {
    weakest: "admin",
    status: 202,
    body: () => ({ name: `n-${randomUUID().slice(0, 8)}`, engine: "sqlite" }),
    headers: { prefer: "respond-async" },
  },
  [`GET ${DB}`]: { weakest: "viewer", status: 200 },
  [`DELETE ${DB}`]: {
    weakest: "admin",
    status: 204,
    params: async (world) => ({ db: await world.addDatabase(world.acme, `d-${randomUUID().slice(0, 8)}`) }),
  },
  // A file has no password that could be changed.
  [`POST ${DB}/password`]: { weakest: "admin", status: 409 },
  [`PATCH ${DB}`]: { weakest: "admin", status: 200, body: () => ({ windowDays: 60 }) },
  [`GET ${NS}/deleted`]: { weakest: "viewer", status: 200, limited: 200 },
  [`POST ${NS}/deleted/[id]/undelete`]: {
    weakest: "admin",
    status: 200,
    limited: 404,
    body: () => ({}),
    params: async (world) => ({ id: await addDeleted(world, world.acme) }),
    foreign: async (world) => ({ id: await addDeleted(world, world.other) }),
  },
  [`POST ${DB}/query`]: { weakest: "member", status: 503, body: () => ({ sql: "select 1" }) },
  [`POST ${DB}/view`]: { weakest: "member", status: 503, body: () => ({ at: point, sql: "select 1" }) },
  [`GET ${DB}/bookmark`]: { weakest: "viewer", status: 503 },
  // Agents that do not answer are part of what it says.
  [`GET ${DB}/exposure`]: { weakest: "viewer", status: 200 },
  [`GET ${NS}/exposure`]: { weakest: "viewer", status: 200, limited: 200 },
  [`GET ${DB}/window`]: { weakest: "viewer", status: 503 },
  [`GET ${DB}/density`]: {
    weakest: "viewer",
    status: 503,
    query: "?from=1795244288123&to=1795244289123&buckets=10",
  },
  [`GET ${DB}/marks`]: { weakest: "viewer", status: 503, query: "?from=1795244288123&to=1795244289123" },
  [`GET ${DB}/diff`]: { weakest: "viewer", status: 503, query: `?from=${bookmark}` },
  [`GET ${DB}/diff/rows`]: { weakest: "member", status: 503, query: `?from=${bookmark}&table=orders` },
  [`GET ${DB}/commits`]: { weakest: "viewer", status: 503 },
  [`POST ${DB}/plan`]: { weakest: "member", status: 503, body: () => point },
  [`POST ${DB}/restore`]: { weakest: "admin", status: 503, body: () => point },
  [`POST ${DB}/give-back/plan`]: {
    weakest: "member",
    status: 503,
    body: () => ({ from: point, tables: [{ name: "orders" }] }),
  },
  [`POST ${DB}/give-back`]: {
    weakest: "member",
    status: 503,
    body: () => ({ from: point, tables: [{ name: "orders" }], planDigest: "x" }),
  },
  [`GET ${DB}/restores`]: { weakest: "viewer", status: 200 },
  [`GET ${DB}/restores/[id]`]: { weakest: "viewer", status: 200, ...restoreParams },
  [`DELETE ${DB}/restores/[id]`]: { weakest: "admin", status: 409, ...restoreParams },
  [`POST ${DB}/restores/[id]/release`]: { weakest: "admin", status: 409, ...restoreParams },
  [`POST ${DB}/restores/[id]/undo`]: { weakest: "admin", status: 409, body: () => ({}), ...restoreParams },
  [`GET ${DB}/previews`]: { weakest: "viewer", status: 200 },
  [`POST ${DB}/extend`]: { weakest: "member", status: 200, body: () => ({ ttlHours: 24 }), ...previewParams },
  [`GET ${NS}/store`]: { weakest: "admin", status: 200 },
  [`PUT ${NS}/store`]: { weakest: "owner", status: 503, body: bucket },
  [`DELETE ${NS}/store`]: { weakest: "owner", status: 200 },
  [`POST ${NS}/store/test`]: { weakest: "owner", status: 503, body: bucket },
  [`GET ${DB}/backups`]: { weakest: "viewer", status: 200 },
  [`POST ${DB}/backups`]: { weakest: "member", status: 202, body: () => ({ label: "before" }) },
  [`GET ${DB}/backups/[id]`]: { weakest: "viewer", status: 200, ...backupParams() },
  [`DELETE ${DB}/backups/[id]`]: { weakest: "admin", status: 200, ...backupParams() },
  [`GET ${DB}/backups/[id]/download`]: { weakest: "member", status: 503, ...backupParams() },
  [`POST ${DB}/backups/[id]/verify`]: { weakest: "member", status: 202, ...backupParams() },
  [`POST ${DB}/backups/[id]/undelete`]: { weakest: "admin", status: 200, ...backupParams(true) },
  [`POST ${DB}/backups/[id]/cancel`]: { weakest: "member", status: 409, ...backupParams() },
  [`GET ${DB}/download`]: { weakest: "member", status: 503, ...previewParams },
  [`POST ${DB}/cutover/plan`]: {
    weakest: "member",
    status: 503,
    body: ({ preview }) => ({ previewId: preview }),
  },
  [`GET ${DB}/snapshots`]: { weakest: "viewer", status: 200 },
  [`POST ${DB}/snapshots`]: { weakest: "member", status: 503, body: () => ({ label: "before" }) },
  [`GET ${DB}/retention`]: { weakest: "viewer", status: 200 },
  [`PUT ${DB}/retention`]: { weakest: "admin", status: 200, body: () => ({ maxBackups: 500 }) },
  [`POST ${DB}/retention/plan`]: { weakest: "viewer", status: 200, body: () => ({ maxBackups: 1 }) },
  [`GET ${DB}/policy`]: { weakest: "viewer", status: 200 },
  [`PUT ${DB}/policy`]: {
    weakest: "admin",
    status: 200,
    body: () => ({ rules: DEFAULT_RULES, version: 0 }),
    params: async (world) => ({ db: await world.addDatabase(world.acme, `p-${randomUUID().slice(0, 8)}`) }),
  },
  [`POST ${DB}/approvals`]: {
    weakest: "member",
    status: 503,
    body: () => ({ kind: "restore.project", reason: "DELETE without WHERE", ...point }),
  },
  [`GET ${NS}/approvals`]: { weakest: "viewer", status: 200, limited: 200 },
  [`GET ${NS}/approvals/[id]`]: { weakest: "viewer", status: 200, limited: 404, ...requestParams },
  [`PATCH ${NS}/approvals/[id]`]: {
    weakest: "member",
    status: 503,
    limited: 404,
    body: () => point,
    ...ownRequestParams,
  },
  [`DELETE ${NS}/approvals/[id]`]: { weakest: "member", status: 200, limited: 404, ...ownRequestParams },
  // Nobody has read what is confirmed here: a conflict for those who may decide, which no token may.
  [`POST ${NS}/approvals/[id]/decision`]: {
    weakest: "admin",
    status: 409,
    byToken: 403,
    limited: 404,
    body: () => ({ verdict: "approve", digest: "stale" }),
    ...requestParams,
  },
  [`POST ${NS}/approvals/[id]/run`]: {
    weakest: "member",
    status: 409,
    limited: 404,
    body: () => ({ digest: "stale" }),
    ...ownRequestParams,
  },
  ...SCHEDULE_ROWS,
  ...BLOCK_ROWS,
  "GET /v1/regions": { weakest: "viewer", status: 200, limited: 200, query: "?namespace=acme" },
  [`GET ${V1}/restore-points`]: { weakest: "viewer", status: 200, ...projectParams },
  [`POST ${V1}/restore-points`]: {
    weakest: "member",
    status: 503,
    body: () => ({ label: "before", kind: "pitr" }),
    ...projectParams,
  },
  [`GET ${V1}/restore-points/[point]`]: { weakest: "viewer", status: 200, ...projectPointParams },
  [`DELETE ${V1}/restore-points/[point]`]: { weakest: "member", status: 204, ...projectPointParams },
  [`GET ${V1}/backups`]: { weakest: "viewer", status: 200, ...projectParams },
  [`POST ${V1}/backups`]: { weakest: "member", status: 202, body: () => ({ label: "before" }), ...projectParams },
  [`GET ${V1}/backups/[backup]`]: { weakest: "viewer", status: 200, ...projectBackupParams },
  [`DELETE ${V1}/backups/[backup]`]: { weakest: "admin", status: 204, ...projectBackupParams },
  [`GET ${V1}/backups/[backup]/download`]: { weakest: "member", status: 503, ...projectBackupParams },
  [`GET ${V1}/restores`]: { weakest: "viewer", status: 200, ...projectParams },
  [`POST ${V1}/restores`]: {
    weakest: "member",
    status: 503,
    body: () => ({ restore_time: "2026-11-20T14:32:05Z" }),
    ...projectParams,
  },
  [`GET ${V1}/restores/[restore]`]: {
    weakest: "viewer",
    status: 200,
    ...projectParams,
    params: async (world) => ({ id: world.shop, restore: await addRestore(world.shop) }),
  },
  [`POST ${V1_DATABASE}/pitr`]: {
    weakest: "admin",
    status: 503,
    body: () => ({ target_time: "2026-11-20T14:32:05Z" }),
    ...projectParams,
  },
  [`GET ${V1_DATABASE}/pitr/[pitr]`]: {
    weakest: "viewer",
    status: 200,
    ...projectParams,
    params: async (world) => ({ id: world.shop, pitr: await addRestore(world.shop, "new_database") }),
    foreign: async (world) => ({ pitr: await addRestore(world.theirs, "new_database") }),
  },
  [`GET ${V1_DATABASE}/pitr/window`]: { weakest: "viewer", status: 503, ...projectParams },
  [`POST ${V1}/cutover`]: {
    weakest: "admin",
    status: 503,
    body: ({ preview }) => ({ preview_id: preview, confirm_project_overwrite: true }),
    ...projectParams,
  },
  [`DELETE ${DB}/snapshots/[id]`]: { weakest: "member", status: 204, ...snapshotParams },
};
