import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { AuditEntryView } from "../../../lib/client/api-types.ts";
import { metadata } from "../../../lib/db/client.ts";
import type { Role } from "../../../lib/domain/actions.ts";
import type { AuditFilter } from "../../../lib/domain/audit-filter.ts";
import { readEnv } from "../../../lib/env.ts";
import { auditKeyOf } from "../../../lib/services/audit/audit-key.ts";
import { exportAudit } from "../../../lib/services/audit/export-audit.ts";
import { listAuditEntries } from "../../../lib/services/audit/list-audit-entries.ts";
import { readAuditBatches } from "../../../lib/services/audit/read-audit-batches.ts";
import { readAnchor, readChainStatus } from "../../../lib/services/audit/read-chain-status.ts";
import { verifyChain } from "../../../lib/services/audit/verify-chain.ts";
import { writeAuditEntry } from "../../../lib/services/audit/write-audit-entry.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { loadSecret } from "../../../lib/services/load-secret.ts";
import { perform } from "../../../lib/services/perform.ts";
import { transact } from "../../../lib/services/transact.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

let world: MetadataWorld;
let acme = "";
let shop = "";
let ownerId = "";
const callers = new Map<string, CallContext>();

const as = (name: string) => callers.get(name) as CallContext;
const label = (ctx: CallContext, namespace: string, databaseId: string, text: string) =>
  perform(ctx, "restore-point.create", { namespace }, async ({ note }) =>
    note({ kind: "restore-point", id: text }, { label: text, databaseId }),
  );
const list = (name: string, filter: AuditFilter = {}, namespace = "acme", before: bigint | null = null, limit = 200) =>
  listAuditEntries(as(name), { namespace, filter, before, limit });
const labels = (entries: AuditEntryView[]) => entries.flatMap(({ detail }) => detail.label ?? []);

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  const other = await world.addNamespace("other");
  shop = await world.addDatabase(acme, "shop");
  const theirs = await world.addDatabase(other, "theirs");
  for (const role of ["owner", "admin", "member"] satisfies Role[]) {
    const userId = await world.addUser(`${role}@acme.example`, { [acme]: role });
    if (role === "owner") ownerId = userId;
    callers.set(role, await world.contextOf(userId));
  }
  callers.set("stranger", await world.contextOf(await world.addUser("owner@other.example", { [other]: "owner" })));
  for (let index = 0; index < 5; index++) await label(as("member"), "acme", shop, `label ${index}`);
  await label(as("stranger"), "other", theirs, "not theirs to see");
});
afterAll(() => world.close());

/** Something about an account, which belongs to no namespace. */
const signIn = (userId: string) =>
  transact((tx) =>
    writeAuditEntry(
      tx,
      { actor: { kind: "system" }, origin: { requestId: "r", address: "192.0.2.1", userAgent: null } },
      {
        action: "session.create",
        outcome: "done",
        namespaceId: null,
        actorName: "x@acme.example",
        target: { kind: "user", id: userId },
        detail: {},
      },
    ),
  );

describe("the audit log of a namespace", () => {
  test("is read newest first, page by page, with nothing twice and nothing left out", async () => {
    const seen: string[] = [];
    for (let before: bigint | null = null; ; ) {
      const page = await list("admin", { action: "restore-point." }, "acme", before, 2);
      seen.push(...page.entries.map(({ seq }) => seq));
      if (page.next === null) break;
      before = BigInt(page.next);
    }
    expect(seen).toHaveLength(5);
    expect(seen).toEqual(seen.toSorted((a, b) => Number(b) - Number(a)));
  });

  test("holds nothing of another namespace, for its owner either", async () => {
    expect(labels((await list("owner")).entries)).not.toContain("not theirs to see");
    await expect(list("stranger")).rejects.toMatchObject({ code: "not_found" });
    expect(labels((await list("stranger", {}, "other")).entries)).toEqual(["not theirs to see"]);
  });

  test("is for owners and admins", async () => {
    await expect(list("member")).rejects.toMatchObject({ code: "forbidden" });
    await expect(readChainStatus(as("member"), { namespace: "acme" })).rejects.toMatchObject({ code: "forbidden" });
    await expect(readAnchor(as("member"), { namespace: "acme" })).rejects.toMatchObject({ code: "forbidden" });
  });

  test("shows sign-ins of members to owners alone, and of nobody else", async () => {
    await signIn(ownerId);
    await signIn("somebody-else");
    const signIns = async (name: string) =>
      (await list(name, { action: "session." })).entries.map(({ target }) => target?.id);
    expect(await signIns("owner")).toEqual([ownerId]);
    expect(await signIns("admin")).toEqual([]);
  });

  test("is filtered by person, outcome, database and time", async () => {
    expect(labels((await list("admin", { actor: "member@" })).entries)).toHaveLength(5);
    expect(labels((await list("admin", { actor: "nobody@" })).entries)).toHaveLength(0);
    const { entries: denied } = await list("admin", { outcome: "denied" });
    expect(denied.length).toBeGreaterThan(0);
    expect(new Set(denied.map(({ outcome }) => outcome))).toEqual(new Set(["denied"]));
    for (const database of [shop, "SHOP"]) expect(labels((await list("admin", { database })).entries)).toHaveLength(5);
    expect((await list("admin", { database: "theirs" })).entries).toEqual([]);
    expect((await list("admin", { toMs: 1 })).entries).toEqual([]);
    expect(labels((await list("admin", { fromMs: Date.now() - 60_000 })).entries)).toHaveLength(5);
    expect((await list("admin", { database: shop })).entries[0]?.database).toEqual({ id: shop, name: "shop" });
  });
});

test("an export holds all that the filter shows, and is an entry itself", async () => {
  const batches = await exportAudit(as("admin"), {
    namespace: "acme",
    filter: { action: "restore-point.create" },
    format: "csv",
  });
  const rows: AuditEntryView[] = [];
  for await (const batch of batches) rows.push(...batch);
  expect(labels(rows)).toHaveLength(5);
  const [newest] = (await list("admin", { action: "audit.export" })).entries;
  expect(newest).toMatchObject({ outcome: "done", detail: { format: "csv" }, address: "192.0.2.7" });
});

test("an export ends when the right to it does", async () => {
  const batches = await exportAudit(as("admin"), { namespace: "acme", filter: {}, format: "jsonl" });
  await metadata().membership.updateMany({ where: { role: "admin" }, data: { role: "viewer" } });
  try {
    await expect(
      (async () => {
        for await (const _batch of batches) throw new Error("went on");
      })(),
    ).rejects.toMatchObject({ code: "forbidden" });
  } finally {
    await metadata().membership.updateMany({ where: { role: "viewer" }, data: { role: "admin" } });
  }
});

test("the log is one sealed chain on either store, and the console says when it is not", async () => {
  await Promise.all(Array.from({ length: 12 }, (_, index) => label(as("member"), "acme", shop, `at once ${index}`)));
  const key = auditKeyOf(loadSecret(readEnv()));
  const verify = () => verifyChain({ batches: readAuditBatches(), keys: [key], anchors: [] });
  expect(await verify()).toMatchObject({ ok: true });
  expect(await readChainStatus(as("admin"), { namespace: "acme" })).toMatchObject({ ok: true, checked: { from: "1" } });
  const anchor = await readAnchor(as("admin"), { namespace: "acme" });
  expect(await verifyChain({ batches: readAuditBatches(), keys: [key], anchors: [anchor] })).toMatchObject({
    ok: true,
  });
  await metadata().auditEntry.updateMany({ where: { seq: 3n }, data: { actorName: "somebody else" } });
  expect(await verify()).toMatchObject({ ok: false, finding: { seq: "3", what: "edited" } });
  expect(await readChainStatus(as("admin"), { namespace: "acme" })).toMatchObject({ ok: false, finding: { seq: "3" } });
});
