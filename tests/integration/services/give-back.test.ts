import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { formatBookmark } from "../../../lib/domain/bookmark.ts";
import type { GiveBackPlan, GiveBackTablePlan, RowsOrder } from "../../../lib/domain/give-back.ts";
import { DEFAULT_RULES, type PolicyRules } from "../../../lib/domain/policy.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { orderOfUndo } from "../../../lib/services/give-back/ask-for-rows.ts";
import { completeGiveBack, readGiveBack, startGiveBack } from "../../../lib/services/give-back/carry-out.ts";
import { queueGiveBack, requireSettled } from "../../../lib/services/give-back/queue-give-back.ts";
import { withoutValues } from "../../../lib/services/give-back/without-values.ts";
import { toPolicyColumns } from "../../../lib/services/policies/read-policy.ts";
import { getRestore } from "../../../lib/services/restores/get-restore.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

let world: MetadataWorld;
let namespaceId = "";
let databaseId = "";
let agent: CallContext;
const callers: Record<string, CallContext> = {};
const userIds: Record<string, string> = {};

const moment = (txid: number) => ({
  bookmark: formatBookmark({ txid, historyTag: "ab".repeat(8), recordTag: "cd".repeat(8) }),
  timeMs: 1_795_000_000_000 + txid,
});

beforeAll(async () => {
  world = await openMetadataWorld();
  namespaceId = await world.addNamespace("acme");
  for (const role of ["owner", "admin", "member", "viewer"] as const) {
    userIds[role] = await world.addUser(`${role}@acme.example`, { [namespaceId]: role });
    callers[role] = await world.contextOf(userIds[role] ?? "");
  }
  databaseId = await world.addDatabase(namespaceId, "shop");
  agent = { actor: { kind: "agent", agentId: await world.agentId() }, origin: { requestId: "agent", address: null } };
});
afterAll(() => world.close());
afterEach(async () => {
  await metadata().restore.deleteMany();
  await metadata().job.deleteMany();
  await metadata().policy.deleteMany();
  await metadata().writeWithdrawal.deleteMany();
  await metadata().database.updateMany({ where: { id: databaseId }, data: { lastRestoreId: null } });
});

const INSERTS = { inserted: 41, setBack: 0, removed: 0 };
const CHANGES = { inserted: 1, setBack: 2, removed: 0 };

function planOf(counts: Pick<GiveBackTablePlan, "inserted" | "setBack" | "removed">): GiveBackPlan {
  const rest = { unchanged: 0, unknown: 0, inConflict: 0, neededBy: [], columns: [] };
  const samples = [{ key: "r1", kind: "removed" as const, now: null, past: ["a secret value"] }];
  return {
    databaseId,
    from: moment(5),
    tables: [{ name: "orders", ...counts, ...rest, samples }],
    rows: counts.inserted + counts.setBack + counts.removed,
    conflicts: [],
    notices: [],
    missingParents: [],
    estimateMs: 1,
    digest: "d".repeat(64),
  };
}

async function queue(caller: string, plan: GiveBackPlan, undoOf: string | null = null) {
  const order: RowsOrder = {
    kind: "give-back",
    from: moment(5).bookmark,
    selection: { tables: [{ name: "orders" }], include: [] },
  };
  return queueGiveBack(callers[caller] as CallContext, "acme", {
    database: await metadata().database.findUniqueOrThrow({ where: { id: databaseId } }),
    plan,
    rows: { order, planDigest: plan.digest, onConflict: {} },
    sourceKind: undoOf === null ? "bookmark" : "undo",
    to: moment(5),
    askedMs: null,
    restorePointId: null,
    undoOf,
    reason: "a DELETE without WHERE",
  });
}

async function setPolicy(rules: Partial<PolicyRules>): Promise<void> {
  await metadata().policy.create({
    data: { databaseId, ...toPolicyColumns({ ...DEFAULT_RULES, ...rules }), updatedAtMs: 1n },
  });
}

async function complete(id: string): Promise<void> {
  expect(await startGiveBack(id)).toBe(true);
  await completeGiveBack(agent, id, {
    reached: moment(5),
    restoreBookmark: moment(11).bookmark,
    previous: moment(10),
    pages: 3,
    timings: { apply: 12 },
    rows: { tables: [{ name: "orders", ...INSERTS, skipped: 0 }], rows: 41, skipped: [] },
  });
}

describe("who may give rows back", () => {
  test("members and above, unless their write right was withdrawn", async () => {
    expect(await refusalCode(queue("viewer", planOf(INSERTS)))).toBe("forbidden");
    const queued = await queue("member", planOf(CHANGES));
    expect(queued).toMatchObject({ target: "rows", status: "queued", rows: null, requestedBy: "member@acme.example" });
    await metadata().restore.deleteMany();
    const userId = userIds.member ?? "";
    await metadata().writeWithdrawal.create({ data: { databaseId, userId, createdAtMs: 1n, createdBy: "x" } });
    expect(await refusalCode(queue("member", planOf(INSERTS)))).toBe("forbidden");
  });

  test("where the policy wants approvals nobody changes rows that are there, and missing ones come back", async () => {
    await setPolicy({ approvals: 1 });
    for (const caller of ["owner", "admin", "member"]) {
      expect(await refusalCode(queue(caller, planOf(CHANGES)))).toBe("approval_required");
      expect(await queue(caller, planOf(INSERTS))).toMatchObject({ status: "queued" });
      await metadata().restore.deleteMany();
    }
    expect(await metadata().job.count()).toBe(3);
  });

  test("where only owners restore by right, only they change rows that are there; at no hour that the policy leaves out", async () => {
    await setPolicy({ restoreRole: "owner" });
    expect(await refusalCode(queue("admin", planOf(CHANGES)))).toBe("approval_required");
    expect(await queue("owner", planOf(CHANGES))).toMatchObject({ status: "queued" });
    await metadata().restore.deleteMany();
    await metadata().policy.deleteMany();
    const days = [1, 2, 3, 4, 5, 6, 7].filter((day) => day !== (new Date().getUTCDay() || 7));
    const near = new Date(Date.now() + 3_600_000).getUTCDay() || 7;
    const never = { zone: "UTC", days: days.filter((day) => day !== near), fromMinute: 0, toMinute: 1439 };
    await setPolicy({ hours: never });
    expect(await refusalCode(queue("owner", planOf(CHANGES)))).toBe("forbidden");
    expect(await queue("owner", planOf(INSERTS))).toMatchObject({ status: "queued" });
  });
});

describe("the ledger", () => {
  test("keeps who, why and how many rows of which table, and no value of any row", async () => {
    const { id } = await queue("member", planOf(INSERTS));
    expect(await readGiveBack(id)).toMatchObject({ databaseId, rows: { planDigest: "d".repeat(64) } });
    await complete(id);
    await complete(id).catch(() => undefined);
    const of = { namespace: "acme", database: "shop" };
    expect(await getRestore(callers.viewer as CallContext, { ...of, restoreId: id })).toMatchObject({
      status: "completed",
      target: "rows",
      reason: "a DELETE without WHERE",
      previous: moment(10),
      reached: moment(5),
      rows: { rows: 41, tables: [{ name: "orders", inserted: 41 }] },
    });
    const trail = (await world.auditTrail()).filter(({ targetId }) => targetId === id);
    expect(trail.map(({ action, outcome }) => [action, outcome])).toEqual([
      ["restore.give-back", "done"],
      ["restore.completed", "done"],
    ]);
    expect(JSON.parse(trail[0]?.detail ?? "")).toMatchObject({ tables: [{ name: "orders", ...INSERTS }] });
    expect(JSON.stringify(trail.map(({ detail }) => detail))).not.toContain("secret");
    const row = await metadata().restore.findUniqueOrThrow({ where: { id } });
    expect(orderOfUndo(row)).toEqual({
      kind: "undo",
      previous: moment(10).bookmark,
      reached: moment(11).bookmark,
      tables: ["orders"],
    });
  });

  test("has room for one open restore of a database, of whatever kind", async () => {
    await queue("member", planOf(INSERTS));
    expect(await refusalCode(queue("owner", planOf(INSERTS)))).toBe("restore_conflict");
  });

  test("lets whoever gave rows back undo that while it is fresh, where others would have to ask", async () => {
    await setPolicy({ approvals: 1 });
    const { id } = await queue("member", planOf(INSERTS));
    await complete(id);
    const takesAway = planOf({ inserted: 0, setBack: 0, removed: 41 });
    expect(await refusalCode(queue("member", takesAway))).toBe("approval_required");
    const undo = await queue("member", takesAway, id);
    expect(undo).toMatchObject({ undoOf: id, source: "undo" });
    await metadata().restore.deleteMany({ where: { id: undo.id } });
    const later = Date.now() - DEFAULT_RULES.runWithinMs;
    await metadata().restore.update({ where: { id }, data: { finishedAtMs: BigInt(later) } });
    expect(await refusalCode(queue("member", takesAway, id))).toBe("approval_required");
    expect(await refusalCode(queue("owner", takesAway, id))).toBe("approval_required");
  });
});

test("a plan is carried out as it was shown, and a conflict is skipped only by choice", () => {
  const plan = planOf(INSERTS);
  expect(() => requireSettled(plan, plan.digest, {})).not.toThrow();
  expect(() => requireSettled(plan, "e".repeat(64), {})).toThrow("changed since it was shown");
  expect(() => requireSettled({ ...plan, rows: 0 }, plan.digest, {})).toThrow("nothing to give back");
  const conflict = {
    kind: "key-taken" as const,
    table: "orders",
    rows: 1,
    words: "Taken.",
    solvedByParents: 0,
    keys: [],
  };
  const without = { ...plan, conflicts: [conflict] };
  expect(() => requireSettled(without, plan.digest, { "changed-since": "skip" })).toThrow("Taken.");
  expect(() => requireSettled(without, plan.digest, { "key-taken": "skip" })).not.toThrow();
  const { tables, conflicts } = withoutValues({ ...plan, conflicts: [{ ...conflict, keys: ["r1"] }] });
  expect(JSON.stringify([tables, conflicts])).not.toMatch(/secret|r1/);
});
