import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import { addRequest } from "../services/approval-drafts.ts";
import { addBackup, addInvitation, addRestore, tokenIdOf } from "./access-rows.ts";
import { addAlarm } from "./alarm-rows.ts";
import { addCopyRestore } from "./copy-rows.ts";
import { addDrill } from "./drill-rows.ts";
import { addDelivery, addIntegration, addWebhook } from "./hook-rows.ts";
import type { RouteWorld } from "./open-route-world.ts";
import { addSchedule } from "./schedule-rows.ts";

/** One list of the API: whose it is, what its rows stand under, and how rows of it come and go. */
export type PagedList = {
  pattern: string;
  rows: string;
  /** What names a row; `id` where nothing is said. */
  key?: string;
  query?: string;
  /** The most rows that one page may have. */
  most: number;
  /** Parameters of the path; a thing whose list it is may have to be made first. */
  params?(world: RouteWorld): Promise<Record<string, string>>;
  add(world: RouteWorld, atMs: bigint, params: Record<string, string>): Promise<string>;
  remove(id: string, world: RouteWorld): Promise<unknown>;
};

const NS = "/api/namespaces/[ns]";
const DB = `${NS}/databases/[db]`;
const V1 = "/v1/projects/[id]";
const A_PAGE = 500;
const name = () => `n-${randomUUID().slice(0, 13)}`;
const ofProject = async (world: RouteWorld) => ({ id: world.shop });

const databases = {
  async add(world: RouteWorld, createdAtMs: bigint) {
    const id = await world.addDatabase(world.acme, name());
    await metadata().database.update({ where: { id }, data: { createdAtMs } });
    return id;
  },
  remove: (id: string) => metadata().database.delete({ where: { id } }),
};
const restores = {
  async add(world: RouteWorld, createdAtMs: bigint) {
    const id = await addRestore(world.shop);
    await metadata().restore.update({ where: { id }, data: { createdAtMs } });
    return id;
  },
  remove: (id: string) => metadata().restore.delete({ where: { id } }),
};
const backups = {
  async add(world: RouteWorld, createdAtMs: bigint) {
    const id = await addBackup(world.acme, world.shop);
    await metadata().backup.update({ where: { id }, data: { createdAtMs, kind: "portable", fileName: "a.json" } });
    return id;
  },
  remove: (id: string) => metadata().backup.delete({ where: { id } }),
};
const labels = {
  async add(world: RouteWorld, createdAtMs: bigint) {
    const id = await world.addRestorePoint(world.shop, name());
    await metadata().restorePoint.update({ where: { id }, data: { createdAtMs } });
    return id;
  },
  remove: (id: string) => metadata().restorePoint.delete({ where: { id } }),
};
const schedules = {
  async add(world: RouteWorld, createdAtMs: bigint) {
    const id = await addSchedule(world.shop);
    await metadata().schedule.update({ where: { id }, data: { createdAtMs } });
    return id;
  },
  remove: (id: string) => metadata().schedule.delete({ where: { id } }),
};
/** Whoever asked is no member: each is void, and is written down as that when it is first listed. */
const approvals = {
  async add(world: RouteWorld, createdAtMs: bigint) {
    const id = await addRequest(world.acme, world.shop, randomUUID());
    await metadata().approvalRequest.update({ where: { id }, data: { createdAtMs } });
    return id;
  },
  remove: (id: string) => metadata().approvalRequest.delete({ where: { id } }),
};

/** Every list that is read page by page. A test holds it complete. */
export const PAGED_LISTS: Readonly<Record<string, PagedList>> = {
  listDatabases: { pattern: `${NS}/databases`, rows: "databases", most: A_PAGE, ...databases },
  listDeletedDatabases: {
    pattern: `${NS}/deleted`,
    rows: "databases",
    most: A_PAGE,
    async add(world, deletedAtMs) {
      const id = await world.addDatabase(world.acme, name());
      const purgeAfterMs = BigInt(Date.now() + 86_400_000);
      const data = { state: "deleted", nameKey: null, deletedAtMs, purgeAfterMs };
      await metadata().database.update({ where: { id }, data });
      return id;
    },
    remove: databases.remove,
  },
  listMembers: {
    pattern: `${NS}/members`,
    rows: "members",
    key: "userId",
    most: A_PAGE,
    async add({ acme: namespaceId, addUser }, createdAtMs) {
      const userId = await addUser(`${randomUUID()}@acme.example`, { [namespaceId]: "viewer" });
      const where = { namespaceId_userId: { namespaceId, userId } };
      await metadata().membership.update({ where, data: { createdAtMs } });
      return userId;
    },
    remove: (userId, { acme: namespaceId }) =>
      metadata().membership.delete({ where: { namespaceId_userId: { namespaceId, userId } } }),
  },
  listInvitations: {
    pattern: `${NS}/invitations`,
    rows: "invitations",
    most: A_PAGE,
    async add(world, createdAtMs) {
      const id = await addInvitation(world, world.acme);
      await metadata().invitation.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: (id) => metadata().invitation.delete({ where: { id } }),
  },
  listTokens: {
    pattern: `${NS}/tokens`,
    rows: "tokens",
    most: A_PAGE,
    async add(world, createdAtMs) {
      const id = await tokenIdOf(world, world.callers.member[0]?.userId ?? "", world.acme);
      await metadata().apiToken.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: (id) => metadata().apiToken.delete({ where: { id } }),
  },
  listApprovals: { pattern: `${NS}/approvals`, rows: "approvals", most: A_PAGE, ...approvals },
  "listApprovals, those that have ended": {
    pattern: `${NS}/approvals`,
    query: "status=ended",
    rows: "approvals",
    most: A_PAGE,
    ...approvals,
  },
  listAllSchedules: { pattern: `${NS}/schedules`, rows: "schedules", most: A_PAGE, ...schedules },
  listSchedules: { pattern: `${DB}/schedules`, rows: "schedules", most: A_PAGE, ...schedules },
  listPreviews: {
    pattern: `${DB}/previews`,
    rows: "previews",
    most: A_PAGE,
    async add(world, createdAtMs) {
      const id = await world.addPreview(world.shop, name());
      await metadata().database.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: databases.remove,
  },
  listWebhooks: {
    pattern: `${NS}/webhooks`,
    rows: "webhooks",
    most: A_PAGE,
    add: (world, createdAtMs) => addWebhook(world.acme, { createdAtMs }),
    remove: (id) => metadata().webhook.delete({ where: { id } }),
  },
  listDeliveries: {
    pattern: `${NS}/webhooks/[id]/deliveries`,
    rows: "deliveries",
    most: 200,
    params: async (world) => ({ id: await addWebhook(world.acme) }),
    async add(world, createdAtMs, { id: webhookId = "" }) {
      const id = await addDelivery(world.acme, webhookId);
      await metadata().webhookDelivery.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: (id) => metadata().webhookDelivery.delete({ where: { id } }),
  },
  listAlarms: {
    pattern: `${NS}/alarms`,
    rows: "alarms",
    most: 100,
    async add(world, createdAtMs) {
      const id = await addAlarm(world.shop);
      await metadata().alarm.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: (id) => metadata().alarm.delete({ where: { id } }),
  },
  listEnrolments: {
    pattern: `${NS}/agents/enrolments`,
    rows: "enrolments",
    most: A_PAGE,
    async add({ acme: namespaceId }, createdAtMs) {
      const id = randomUUID();
      const made = { namespaceId, region: "local", sealedKey: "sealed", createdBy: "somebody", createdAtMs };
      await metadata().agentEnrolment.create({ data: { id, ...made, expiresAtMs: createdAtMs + 3_600_000n } });
      return id;
    },
    remove: (id) => metadata().agentEnrolment.delete({ where: { id } }),
  },
  listIntegrations: {
    pattern: `${NS}/integrations`,
    rows: "integrations",
    most: A_PAGE,
    async add(world, createdAtMs) {
      const id = await addIntegration(world.acme);
      await metadata().integration.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: (id) => metadata().integration.delete({ where: { id } }),
  },
  listPushes: {
    pattern: `${NS}/integrations/[id]/pushes`,
    rows: "pushes",
    most: 200,
    params: async (world) => ({ id: await addIntegration(world.acme) }),
    async add(world, createdAtMs, { id: integrationId = "" }) {
      const id = randomUUID();
      const row = { id, integrationId, databaseId: world.shop, status: "pushed", names: "[]", createdAtMs };
      await metadata().integrationPush.create({ data: row });
      return id;
    },
    remove: (id) => metadata().integrationPush.delete({ where: { id } }),
  },
  listRestores: { pattern: `${DB}/restores`, rows: "restores", most: 100, ...restores },
  listCopyRestores: {
    pattern: `${NS}/copies/restores`,
    rows: "restores",
    most: 100,
    async add(world, createdAtMs) {
      const id = await addCopyRestore(world.shop);
      await metadata().restore.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: restores.remove,
  },
  listSnapshots: { pattern: `${DB}/snapshots`, rows: "snapshots", most: 1000, ...labels },
  listBackups: { pattern: `${DB}/backups`, rows: "backups", most: 100, ...backups },
  listDrills: {
    pattern: `${DB}/drills`,
    rows: "drills",
    most: 100,
    async add(world, createdAtMs) {
      const id = await addDrill(world.shop);
      await metadata().drill.update({ where: { id }, data: { createdAtMs } });
      return id;
    },
    remove: (id) => metadata().drill.delete({ where: { id } }),
  },
  v1ListBackups: { pattern: `${V1}/backups`, rows: "backups", most: 100, params: ofProject, ...backups },
  v1ListRestores: { pattern: `${V1}/restores`, rows: "restores", most: 100, params: ofProject, ...restores },
  v1ListRestorePoints: {
    pattern: `${V1}/restore-points`,
    rows: "restore_points",
    most: 1000,
    params: ofProject,
    ...labels,
  },
  blockListBackups: { pattern: "/admin/backup", rows: "backups", most: 100, ...backups },
};
