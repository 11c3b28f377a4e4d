import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { listAgentDatabases } from "../../../lib/services/databases/list-agent-databases.ts";
import { listDatabases } from "../../../lib/services/databases/list-databases.ts";
import { beginPurge } from "../../../lib/services/databases/purge-database.ts";
import { deleteNamespace } from "../../../lib/services/namespaces/delete-namespace.ts";
import { getNamespace, listNamespaces } from "../../../lib/services/namespaces/get-namespace.ts";
import { listDeletedNamespaces } from "../../../lib/services/namespaces/list-deleted-namespaces.ts";
import { purgeNamespaces } from "../../../lib/services/namespaces/purge-namespaces.ts";
import { undeleteNamespace } from "../../../lib/services/namespaces/undelete-namespace.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

/** The clock that all machines share travels along. */
vi.mock("../../../lib/db/store-time.ts", () => ({ storeNowMs: async () => BigInt(Date.now()) }));

const DAY_MS = 86_400_000;

let world: MetadataWorld;
let agentId = "";
/** Somebody who owns another namespace. */
let stranger: CallContext;
let serial = 0;

beforeAll(async () => {
  world = await openMetadataWorld();
  const acme = await world.addNamespace("acme");
  stranger = await world.contextOf(await world.addUser("ada@acme.example", { [acme]: "owner" }));
  agentId = await world.agentId();
});
afterAll(() => world.close());
afterEach(() => vi.useRealTimers());

const rowOf = (id: string) => metadata().database.findUniqueOrThrow({ where: { id } });

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

describe("a deleted namespace", () => {
  /** A namespace of its own with an owner, an admin, a token, one database, and one that was deleted before. */
  async function openPlace() {
    const slug = `place-${serial++}`;
    const id = await world.addNamespace(slug);
    const eve = await world.addUser(`eve-${serial}@place.example`, { [id]: "owner" });
    const bob = await world.addUser(`bob-${serial}@place.example`, { [id]: "admin" });
    const before = await world.addDatabase(id, "before");
    const shop = await world.addDatabase(id, "shop");
    const ctx = await world.contextOf(eve);
    await deleteDatabase(ctx, { namespace: slug, database: before });
    await metadata().database.update({ where: { id: before }, data: { deletedAtMs: 1n } });
    const token = await world.contextOfToken(await world.addToken(eve, id));
    return { slug, id, eve, before, shop, owner: ctx, admin: await world.contextOf(bob), token };
  }

  test("closes all its doors at once, its databases' too, and captures nothing more", async () => {
    const place = await openPlace();
    await deleteNamespace(place.owner, { namespace: place.slug, confirmSlug: place.slug });
    for (const ctx of [place.owner, place.admin, place.token]) {
      expect(await codeOf(getNamespace(ctx, { namespace: place.slug }))).toBe("not_found");
      expect(await codeOf(getNamespace(ctx, { namespace: place.id }))).toBe("not_found");
      expect(await codeOf(listDatabases(ctx, { namespace: place.slug }))).toBe("not_found");
      expect(await listNamespaces(ctx)).toEqual([]);
    }
    expect(await rowOf(place.shop)).toMatchObject({ state: "deleted", deletedBy: expect.stringContaining("eve-") });
    expect((await listAgentDatabases(agentId)).map(({ id }) => id)).not.toContain(place.shop);
  });

  test("is deleted by an owner alone, with its slug typed, the password given, and no restore under way", async () => {
    const place = await openPlace();
    const attempt = (ctx: CallContext, confirmSlug = place.slug) =>
      codeOf(deleteNamespace(ctx, { namespace: place.slug, confirmSlug }));
    expect(await attempt(place.admin)).toBe("forbidden");
    expect(await attempt(place.owner, "plaice")).toBe("confirmation_mismatch");
    await metadata().session.updateMany({ where: { userId: place.eve }, data: { confirmedAtMs: 1n } });
    expect(await attempt(place.owner)).toBe("confirmation_needed");
    expect(await codeOf(getNamespace(place.admin, { namespace: place.slug }))).toBe("done");
  });

  test("is not the way around a policy that lets nobody delete one of its databases alone", async () => {
    const place = await openPlace();
    await metadata().policy.create({ data: { databaseId: place.shop, approvals: 1, updatedAtMs: 1n } });
    const attempt = () => codeOf(deleteNamespace(place.owner, { namespace: place.slug, confirmSlug: place.slug }));
    expect(await attempt()).toBe("approval_required");
    expect(await rowOf(place.shop)).toMatchObject({ state: "active", deletedAtMs: null });
    await metadata().policy.delete({ where: { databaseId: place.shop } });
    expect(await attempt()).toBe("done");
  });

  test("is seen and brought back by whoever owned it, with what was deleted along with it and no more", async () => {
    const place = await openPlace();
    await deleteNamespace(place.owner, { namespace: place.slug, confirmSlug: place.slug });
    expect(await listDeletedNamespaces(place.owner)).toMatchObject([{ slug: place.slug, databases: 1 }]);
    for (const ctx of [place.admin, place.token, stranger]) {
      expect(await listDeletedNamespaces(ctx)).toEqual([]);
      expect(await codeOf(undeleteNamespace(ctx, { namespace: place.slug }))).toBe("not_found");
    }
    expect(await undeleteNamespace(place.owner, { namespace: place.slug })).toMatchObject({ slug: place.slug });
    expect(await codeOf(getNamespace(place.token, { namespace: place.slug }))).toBe("done");
    expect(await rowOf(place.shop)).toMatchObject({ state: "preparing", nameKey: "shop", deletedAtMs: null });
    expect(await rowOf(place.before)).toMatchObject({ state: "deleted" });
    expect(await codeOf(undeleteNamespace(place.owner, { namespace: place.slug }))).toBe("not_found");
  });

  test("cannot be brought back with a session that has ended", async () => {
    const place = await openPlace();
    await deleteNamespace(place.owner, { namespace: place.slug, confirmSlug: place.slug });
    await metadata().user.update({ where: { id: place.eve }, data: { sessionVersion: { increment: 1 } } });
    expect(await codeOf(undeleteNamespace(place.owner, { namespace: place.slug }))).toBe("unauthenticated");
  });

  test("is gone for good once nothing is left of its databases, and its slug is free", async () => {
    const place = await openPlace();
    await deleteNamespace(place.owner, { namespace: place.slug, confirmSlug: place.slug });
    const round = () => purgeNamespaces(agentContext(agentId, "round"));
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 8 * DAY_MS);
    expect(await round()).toBe(0);
    expect(await beginPurge(agentId, place.shop)).toBe(true);
    expect(await codeOf(undeleteNamespace(await world.contextOf(place.eve), { namespace: place.slug }))).toBe(
      "conflict",
    );
    for (const id of [place.shop, place.before]) {
      await metadata().database.update({ where: { id }, data: { state: "purged", purgedAtMs: 1n } });
    }
    expect(await round()).toBe(1);
    expect(await listDeletedNamespaces(await world.contextOf(place.eve))).toEqual([]);
    expect(await metadata().membership.count({ where: { namespaceId: place.id } })).toBe(0);
    expect(await metadata().apiToken.count({ where: { namespaceId: place.id, revokedAtMs: null } })).toBe(0);
    await world.addNamespace(place.slug);
  });
});
