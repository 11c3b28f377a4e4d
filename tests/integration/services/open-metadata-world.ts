import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { closeMetadata, metadata } from "../../../lib/db/client.ts";
import type { Action, Role } from "../../../lib/domain/actions.ts";
import type { DatabaseScope } from "../../../lib/domain/actor.ts";
import { createSession } from "../../../lib/services/auth/create-session.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { initialise } from "../../../lib/services/initialise.ts";
import { findTokenActor } from "../../../lib/services/tokens/find-token-actor.ts";
import { insertToken } from "../../../lib/services/tokens/insert-token.ts";
import { transact } from "../../../lib/services/transact.ts";
import { makeStore } from "../../world/make-store.ts";

const origin = () => ({ requestId: randomUUID(), address: "192.0.2.7" });
const now = () => BigInt(Date.now());

/** Real, migrated metadata of its own and a data directory; no agent runs. Which provider is the run's affair. */
export async function openMetadataWorld() {
  const store = await makeStore();
  const data = mkdtempSync(path.join(tmpdir(), "metadata-"));
  process.env.LASTGOOD_DATA = data;
  process.env.LASTGOOD_LOG_LEVEL = "silent";
  const { setupUrl } = await initialise();
  if (setupUrl === null) throw new Error("an empty data directory waits for its set-up");

  const world = {
    data,
    setupToken: new URL(setupUrl).searchParams.get("token") ?? "",

    async addNamespace(slug: string): Promise<string> {
      const id = randomUUID();
      await metadata().namespace.create({ data: { id, slug, name: slug, createdAtMs: now() } });
      return id;
    },
    /** The password hash is no hash: this user cannot sign in, which the tests that use it do not need. */
    async addUser(email: string, memberships: Record<string, Role>): Promise<string> {
      const id = randomUUID();
      await metadata().user.create({ data: { id, email, passwordHash: "-", createdAtMs: now() } });
      for (const [namespaceId, role] of Object.entries(memberships)) {
        await metadata().membership.create({ data: { namespaceId, userId: id, role, createdAtMs: now() } });
      }
      return id;
    },
    async addToken(
      userId: string,
      namespaceId: string,
      scopes: "all" | readonly Action[] = "all",
      databases: DatabaseScope = "all",
    ): Promise<string> {
      const token = { namespaceId, userId, name: "test", scopes, databases, ratePerMinute: 0, expiresAtMs: null };
      return (await transact((tx) => insertToken(tx, token))).token;
    },
    async contextOf(userId: string): Promise<CallContext> {
      const user = await metadata().user.findUniqueOrThrow({ where: { id: userId } });
      return { actor: { kind: "user", ...(await transact((tx) => createSession(tx, user))) }, origin: origin() };
    },
    async contextOfToken(token: string): Promise<CallContext> {
      return { actor: await findTokenActor(token, "192.0.2.7"), origin: origin() };
    },
    async addDatabase(namespaceId: string, name: string): Promise<string> {
      const id = randomUUID();
      const agent = await metadata().agent.findFirstOrThrow();
      await metadata().database.create({
        data: {
          id,
          namespaceId,
          name,
          nameKey: name.toLowerCase(),
          engine: "sqlite",
          origin: "hosted",
          kind: "project",
          region: agent.region,
          agentId: agent.id,
          path: path.join(data, "databases", `${id}.db`),
          state: "active",
          createdAtMs: now(),
        },
      });
      return id;
    },
    /** A preview of a database, which lives for a day. */
    async addPreview(parentId: string, name: string): Promise<string> {
      const { namespaceId } = await metadata().database.findUniqueOrThrow({ where: { id: parentId } });
      const id = await world.addDatabase(namespaceId, name);
      const expiresAtMs = now() + 86_400_000n;
      await metadata().database.update({ where: { id }, data: { kind: "preview", parentId, expiresAtMs } });
      return id;
    },
    async addRestorePoint(databaseId: string, label: string): Promise<string> {
      const id = randomUUID();
      const bookmark = `00000001-00000000-00000001-${"ab".repeat(16)}`;
      await metadata().restorePoint.create({
        data: { id, databaseId, label, kind: "pitr", bookmark, timeMs: now(), createdAtMs: now() },
      });
      return id;
    },
    auditTrail: () => metadata().auditEntry.findMany({ orderBy: { seq: "asc" } }),
    agentId: async () => (await metadata().agent.findFirstOrThrow()).id,

    async close(): Promise<void> {
      await closeMetadata();
      await store.remove();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return world;
}

export type MetadataWorld = Awaited<ReturnType<typeof openMetadataWorld>>;
