import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { DEFAULT_RULES } from "../../../lib/domain/policy.ts";
import { decideApproval } from "../../../lib/services/approvals/decide-approval.ts";
import { listApprovals, pageApprovals } from "../../../lib/services/approvals/get-approval.ts";
import { fileRequest } from "../../../lib/services/approvals/request-approval.ts";
import { withdrawApproval } from "../../../lib/services/approvals/withdraw-approval.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { getPolicy } from "../../../lib/services/policies/get-policy.ts";
import { setPolicy } from "../../../lib/services/policies/set-policy.ts";
import { createRestore, queueRestore } from "../../../lib/services/restores/create-restore.ts";
import { getRestore } from "../../../lib/services/restores/get-restore.ts";
import { bookmarkOf, putPolicy, restoreDraft, restoreRequest } from "./approval-drafts.ts";
import { type ApprovalWorld, later, openApprovalWorld, outcomeOf } from "./approval-scenarios.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const namespace = "acme";
let metadataWorld: MetadataWorld;
let world: ApprovalWorld;

beforeAll(async () => {
  metadataWorld = await openMetadataWorld();
});
afterAll(() => metadataWorld.close());
beforeEach(async () => {
  await metadata().membership.deleteMany();
  world = await openApprovalWorld(metadataWorld);
});

async function refusalOf(run: Promise<unknown>): Promise<LastgoodError> {
  try {
    await run;
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
  throw new Error("was not refused");
}

test("a member asks, an admin approves, the member runs it, and the restore says who asked and who approved", async () => {
  const { member, admin, ask, decide, run, read, databaseId } = world;
  const request = await ask();
  expect(request).toMatchObject({ status: "open", needed: 1, approved: 0, isMine: true, mayApprove: false });
  expect(await read(admin.ctx, request.id)).toMatchObject({
    mayApprove: true,
    plan: request.plan,
    reason: request.reason,
  });
  const approved = await decide(admin.ctx, request, "approve");
  expect(approved).toMatchObject({ status: "approved", approved: 1, mayRun: false });
  expect((approved.runUntilMs ?? 0) - (approved.approvedAtMs ?? 0)).toBe(DEFAULT_RULES.runWithinMs);
  await run(member.ctx, request);
  const used = await read(member.ctx, request.id);
  expect(used).toMatchObject({ status: "used", mayRun: false });
  const restore = await getRestore(member.ctx, { namespace, database: databaseId, restoreId: used.restoreId ?? "" });
  expect(restore).toMatchObject({
    status: "queued",
    to: { bookmark: bookmarkOf(5) },
    approval: { id: request.id, approvedBy: [expect.stringMatching(/^admin/)] },
  });
  const trail = await metadataWorld.auditTrail();
  expect(trail.slice(-4).map(({ action, targetKind }) => `${action} ${targetKind}`)).toEqual([
    "approval.request approval",
    "approval.decide approval",
    "restore.project restore",
    "approval.run approval",
  ]);
  for (const { detail } of trail.slice(-4)) expect(detail).toMatch(new RegExp(`${request.digest}|${request.id}`));
});

test("of two hundred attempts at once on one approval exactly one runs, and the others are told which", async () => {
  const { member, approved, run, restores, databaseId } = world;
  const request = await approved();
  const outcomes = await Promise.all(
    Array.from({ length: 200 }, () =>
      run(member.ctx, request).then(
        () => null,
        (error: unknown) => error,
      ),
    ),
  );
  expect(outcomes.filter((outcome) => outcome === null)).toHaveLength(1);
  const { id } = await metadata().restore.findFirstOrThrow({ where: { databaseId } });
  for (const refusal of outcomes.filter((outcome) => outcome !== null)) {
    expect(refusal).toMatchObject({ code: "conflict", details: { restoreId: id } });
  }
  expect(await restores()).toBe(1);
  expect(await metadata().job.count({ where: { databaseId, kind: "restore.run" } })).toBe(1);
});

test("of verdicts at once each counts, and the one that is enough approves", async () => {
  const { member, admin, owner, rules, ask, decide, read } = world;
  await rules({ approvals: 2 });
  const request = await ask();
  const outcomes = await Promise.all([
    outcomeOf(decide(admin.ctx, request, "approve")),
    outcomeOf(decide(owner.ctx, request, "approve")),
    outcomeOf(decide(owner.ctx, request, "approve")),
  ]);
  expect(outcomes.sort()).toEqual(["conflict", "done", "done"]);
  expect(await read(member.ctx, request.id)).toMatchObject({ status: "approved", approved: 2 });
});

test("one approval of two is not enough to run", async () => {
  const { member, admin, rules, ask, decide, run, restores } = world;
  await rules({ approvals: 2 });
  const request = await ask();
  expect(await decide(admin.ctx, request, "approve")).toMatchObject({ status: "open", approved: 1, needed: 2 });
  expect(await outcomeOf(run(member.ctx, request))).toBe("approval_required");
  expect(await restores()).toBe(0);
});

describe("a refusal", () => {
  test("needs a comment, ends the request for good and keeps the comment", async () => {
    const { member, admin, owner, ask, decide, run } = world;
    const { id, digest } = await ask();
    const mute = decideApproval(admin.ctx, { namespace, approvalId: id, verdict: "refuse", digest, comment: " " });
    expect(await outcomeOf(mute)).toBe("invalid_input");
    const refused = await decide(admin.ctx, { id, digest }, "refuse");
    expect(refused).toMatchObject({ status: "refused", decisions: [{ verdict: "refuse", comment: "seen" }] });
    expect(await outcomeOf(decide(owner.ctx, { id, digest }, "approve"))).toBe("conflict");
    expect(await outcomeOf(run(member.ctx, { id, digest }))).toBe("conflict");
  });

  test("may follow an approval, also one's own, until it is run", async () => {
    const { member, admin, approved, decide, run } = world;
    const request = await approved();
    expect(await decide(admin.ctx, request, "refuse")).toMatchObject({ status: "refused", approved: 0 });
    expect(await outcomeOf(run(member.ctx, request))).toBe("conflict");
  });
});

test("refused, expired, void and withdrawn are told apart, and each end is written down once", async () => {
  const { member, admin, databaseId, ask, decide, approved, read, rules } = world;
  const ends: Record<string, string> = {};
  const refused = await ask();
  await decide(admin.ctx, refused, "refuse");
  ends[refused.id] = "refused";
  const expired = await ask();
  await later(25 * 3_600_000, async () => {
    expect(await read(member.ctx, expired.id)).toMatchObject({ status: "expired" });
    await read(member.ctx, expired.id);
  });
  ends[expired.id] = "expired";
  const withdrawn = await ask();
  await withdrawApproval(member.ctx, { namespace, approvalId: withdrawn.id });
  ends[withdrawn.id] = "withdrawn";
  const voided = await approved();
  await rules({ runWithinMs: 600_000 });
  expect(await read(member.ctx, voided.id)).toMatchObject({ status: "void", because: "The policy was changed." });
  ends[voided.id] = "void";
  const { approvals, waiting } = await pageApprovals(admin.ctx, { namespace, filter: "ended" });
  const here = approvals.filter((one) => one.databaseId === databaseId);
  expect(Object.fromEntries(here.map(({ id, status }) => [id, status]))).toEqual(ends);
  expect(waiting).toBe(0);
  const trail = (await metadataWorld.auditTrail()).filter(({ targetId }) => targetId === expired.id);
  expect(trail.map(({ action }) => action)).toEqual(["approval.request", "approval.expired"]);
  expect(await metadata().approvalRequest.count({ where: { databaseId, openKey: { not: null } } })).toBe(0);
});

test("a request that has expired unnoticed is not in the way of the next", async () => {
  const { member, databaseId, ask, rules } = world;
  await rules({ approveWithinMs: 300_000 });
  const { id } = await ask();
  await metadata().approvalRequest.update({ where: { id }, data: { approveUntilMs: 1n } });
  expect(await outcomeOf(fileRequest(member.ctx, namespace, await restoreRequest(databaseId)))).toBe("done");
  expect(await metadata().approvalRequest.findUnique({ where: { id } })).toMatchObject({ status: "expired" });
});

test("an approval is not used up while another restore is open", async () => {
  const { member, admin, owner, databaseId, rules, ask, decide, run, read } = world;
  await rules({ approvals: 0 });
  const request = await ask();
  await decide(admin.ctx, request, "approve");
  const { id: restoreId } = await queueRestore(owner.ctx, namespace, await restoreDraft(databaseId));
  expect(await outcomeOf(run(member.ctx, request))).toBe("restore_conflict");
  expect(await read(member.ctx, request.id)).toMatchObject({ status: "approved", restoreId: null });
  await metadata().restore.update({ where: { id: restoreId }, data: { openKey: null, status: "cancelled" } });
  expect(await outcomeOf(run(member.ctx, request))).toBe("done");
});

test("the inbox counts what waits for the caller: to decide, and to run", async () => {
  const { member, admin, owner, ask, decide } = world;
  const waitingFor = async (ctx: CallContext) => (await listApprovals(ctx, { namespace })).waiting;
  const request = await ask();
  expect([await waitingFor(member.ctx), await waitingFor(admin.ctx), await waitingFor(owner.ctx)]).toEqual([0, 1, 1]);
  await decide(admin.ctx, request, "approve");
  expect([await waitingFor(member.ctx), await waitingFor(admin.ctx), await waitingFor(owner.ctx)]).toEqual([1, 0, 0]);
});

describe("a request is not made", () => {
  test("where nobody could ever approve it, and the refusal says what to do", async () => {
    const { owner, rules, databaseId } = world;
    await rules({ approvals: 3 });
    const refusal = await refusalOf(fileRequest(owner.ctx, namespace, await restoreRequest(databaseId)));
    expect(refusal).toMatchObject({ code: "conflict", details: { needed: 3, possible: 1 } });
    expect(refusal.details.hint).toBe("Invite another owner or admin first.");
  });

  test("where it is not needed, twice at once, or by a viewer", async () => {
    const { owner, member, person, rules, ask, databaseId } = world;
    await ask();
    expect(await outcomeOf(ask())).toBe("conflict");
    expect(await outcomeOf(ask((await person("viewer")).ctx))).toBe("forbidden");
    await rules({ approvals: 0 });
    expect(await outcomeOf(ask(owner.ctx))).toBe("conflict");
    await metadata().approvalRequest.deleteMany({ where: { databaseId } });
    expect(await ask(member.ctx)).toMatchObject({ needed: 1 });
  });

  test("on a plan that was made before the policy was changed", async () => {
    const { member, rules, databaseId } = world;
    const draft = await restoreRequest(databaseId);
    await rules({ leastWindowDays: 2 });
    expect(await outcomeOf(fileRequest(member.ctx, namespace, draft))).toBe("conflict");
  });
});

test("an API token asks and runs within its scopes, and never decides", async () => {
  const { member, admin, namespaceId, approved, run, ask, decide } = world;
  const tokenOf = async (userId: string, scopes: Parameters<MetadataWorld["addToken"]>[2]) =>
    metadataWorld.contextOfToken(await metadataWorld.addToken(userId, namespaceId, scopes));
  const weak = await tokenOf(member.userId, ["approval.request", "approval.run"]);
  const request = await approved(weak);
  expect(await outcomeOf(run(weak, request))).toBe("forbidden");
  expect(await outcomeOf(run(await tokenOf(member.userId, "all"), request))).toBe("done");
  const second = await (async () => {
    await metadata().restore.deleteMany();
    return ask();
  })();
  expect(await outcomeOf(decide(await tokenOf(admin.userId, "all"), second, "approve"))).toBe("forbidden");
});

describe("the refusal of a restore", () => {
  const source = { kind: "bookmark", bookmark: bookmarkOf(5) } as const;

  test("names the way to an approval: to a member always, to an owner where the policy wants others", async () => {
    const { member, owner, databaseId } = world;
    for (const { ctx } of [member, owner]) {
      const refusal = await refusalOf(createRestore(ctx, { namespace, database: databaseId, source }));
      expect(refusal).toMatchObject({
        code: "approval_required",
        details: { approval: { method: "POST", route: `/api/namespaces/acme/databases/${databaseId}/approvals` } },
      });
    }
  });

  test("offers a viewer nothing, nor a member whose write right was withdrawn", async () => {
    const { member, person, databaseId } = world;
    const { ctx } = await person("viewer");
    expect(await outcomeOf(createRestore(ctx, { namespace, database: databaseId, source }))).toBe("forbidden");
    const key = { databaseId, userId: member.userId };
    await metadata().writeWithdrawal.create({ data: { ...key, createdAtMs: 1n, createdBy: "ada" } });
    expect(await outcomeOf(createRestore(member.ctx, { namespace, database: databaseId, source }))).toBe("forbidden");
  });
});

test("the newest restore is undone without a new approval while its run time lasts, an undo or an older one is not", async () => {
  const { member, owner, person, approved, run, read, databaseId } = world;
  const request = await approved();
  await run(member.ctx, request);
  const restoreId = (await read(member.ctx, request.id)).restoreId ?? "";
  const finishedAtMs = BigInt(Date.now());
  await metadata().restore.update({
    where: { id: restoreId },
    data: { openKey: null, status: "completed", finishedAtMs },
  });
  await metadata().database.update({ where: { id: databaseId }, data: { lastRestoreId: restoreId } });
  const undo = async (ctx: CallContext, of: string, action: "restore.project" | "approval.run" = "restore.project") =>
    outcomeOf(queueRestore(ctx, namespace, await restoreDraft(databaseId, 4, of), action));
  const stranger = (await person("member")).ctx;
  expect(await undo(stranger, restoreId, "approval.run")).toBe("approval_required");
  expect(await later(DEFAULT_RULES.runWithinMs, () => undo(owner.ctx, restoreId))).toBe("approval_required");
  expect(await undo(member.ctx, restoreId, "approval.run")).toBe("done");
  const { id: undoId } = await metadata().restore.findFirstOrThrow({ where: { undoOf: restoreId } });
  await metadata().restore.update({
    where: { id: undoId },
    data: { openKey: null, status: "completed", finishedAtMs },
  });
  await metadata().database.update({ where: { id: databaseId }, data: { lastRestoreId: undoId } });
  expect(await undo(owner.ctx, undoId)).toBe("approval_required");
  expect(await undo(owner.ctx, restoreId)).toBe("approval_required");
});

describe("the policy", () => {
  const of = () => ({ namespace, database: world.databaseId });

  test("is tightened at once, and a stale version is refused", async () => {
    const { owner } = world;
    const { rules, version } = await getPolicy(owner.ctx, of());
    const tighter = { ...rules, leastWindowDays: 7 };
    expect(await setPolicy(owner.ctx, { ...of(), rules: tighter, version })).toMatchObject({ version: version + 1 });
    expect(await outcomeOf(setPolicy(owner.ctx, { ...of(), rules: tighter, version }))).toBe("conflict");
    const [entry] = (await metadataWorld.auditTrail())
      .filter(({ action, outcome }) => action === "policy.change" && outcome === "done")
      .slice(-1);
    expect(JSON.parse(entry?.detail ?? "{}")).toEqual({ before: rules, after: tighter });
  });

  test("is refused where nobody could ever loosen it again", async () => {
    const { owner, rules } = world;
    await rules({ approvals: 0 });
    const { rules: current, version } = await getPolicy(owner.ctx, of());
    const impossible = { ...current, approvals: 2 };
    expect(await outcomeOf(setPolicy(owner.ctx, { ...of(), rules: impossible, version }))).toBe("conflict");
    const stranger = { ...current, approvals: 1, approvers: [world.member.userId] };
    expect(await outcomeOf(setPolicy(owner.ctx, { ...of(), rules: stranger, version }))).toBe("invalid_input");
  });

  test("that leaves restores to owners is loosened by them alone", async () => {
    const { admin, owner, databaseId } = world;
    await putPolicy(databaseId, { ...DEFAULT_RULES, restoreRole: "owner" });
    const { version } = await getPolicy(owner.ctx, of());
    expect(await outcomeOf(setPolicy(admin.ctx, { ...of(), rules: DEFAULT_RULES, version }))).toBe("approval_required");
    expect(await outcomeOf(setPolicy(owner.ctx, { ...of(), rules: DEFAULT_RULES, version }))).toBe("done");
  });

  test("is not changed by a member, and read by a viewer", async () => {
    const { member, person } = world;
    const { rules, version } = await getPolicy((await person("viewer")).ctx, of());
    expect(await outcomeOf(setPolicy(member.ctx, { ...of(), rules, version }))).toBe("forbidden");
  });
});
