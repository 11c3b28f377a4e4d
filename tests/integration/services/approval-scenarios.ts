import { metadata } from "../../../lib/db/client.ts";
import type { Role } from "../../../lib/domain/actions.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { DEFAULT_RULES, type PolicyRules } from "../../../lib/domain/policy.ts";
import { replaceRequest } from "../../../lib/services/approvals/change-approval.ts";
import { decideApproval } from "../../../lib/services/approvals/decide-approval.ts";
import { getApproval } from "../../../lib/services/approvals/get-approval.ts";
import { fileRequest } from "../../../lib/services/approvals/request-approval.ts";
import { spendApproval } from "../../../lib/services/approvals/run-approval.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { setPolicy } from "../../../lib/services/policies/set-policy.ts";
import { deleteRestorePoint } from "../../../lib/services/restore-points/delete-restore-point.ts";
import { cancelRestore } from "../../../lib/services/restores/cancel-restore.ts";
import { queueRestore } from "../../../lib/services/restores/create-restore.ts";
import { policyRequest, putPolicy, restoreDraft, restoreRequest } from "./approval-drafts.ts";
import type { MetadataWorld } from "./open-metadata-world.ts";

const namespace = "acme";
const HOUR_MS = 3_600_000;

/** "done", or the code of the refusal. */
export async function outcomeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

/** A database whose policy wants one approval, and people who ask and approve. */
export async function openApprovalWorld(world: MetadataWorld) {
  const namespaceId =
    (await metadata().namespace.findUnique({ where: { slug: namespace } }))?.id ??
    (await world.addNamespace(namespace));
  let serial = await metadata().user.count();
  const person = async (role: Role) => {
    const userId = await world.addUser(`${role}-${serial++}@acme.example`, { [namespaceId]: role });
    return { userId, ctx: await world.contextOf(userId) };
  };
  const databaseId = await world.addDatabase(namespaceId, `db-${serial++}`);
  const rules = (over: Partial<PolicyRules> = {}) => putPolicy(databaseId, { ...DEFAULT_RULES, approvals: 1, ...over });
  await rules();
  const [member, admin, owner] = [await person("member"), await person("admin"), await person("owner")];

  const ask = async (ctx: CallContext = member.ctx, txid = 5) =>
    fileRequest(ctx, namespace, await restoreRequest(databaseId, txid));
  const decide = (ctx: CallContext, { id, digest }: { id: string; digest: string }, verdict: "approve" | "refuse") =>
    decideApproval(ctx, { namespace, approvalId: id, verdict, digest, comment: "seen" });
  const approved = async (ctx: CallContext = member.ctx) => decide(admin.ctx, await ask(ctx), "approve");
  const run = async (ctx: CallContext, { id, digest }: { id: string; digest: string }, txid = 5) =>
    spendApproval(ctx, namespace, { approvalId: id, digest, draft: await restoreDraft(databaseId, txid) });
  const restores = () => metadata().restore.count({ where: { databaseId } });
  const read = (ctx: CallContext, id: string) => getApproval(ctx, { namespace, approvalId: id });
  return { namespaceId, databaseId, rules, person, member, admin, owner, ask, decide, approved, run, restores, read };
}

export type ApprovalWorld = Awaited<ReturnType<typeof openApprovalWorld>>;

/** Runs something at another time, for people who have just given their password: the clock of this process alone is moved. */
export async function later<T>(ms: number, run: () => Promise<T>): Promise<T> {
  const real = Date.now;
  const confirm = () => metadata().session.updateMany({ data: { confirmedAtMs: BigInt(Date.now()) } });
  Date.now = () => real() + ms;
  try {
    await confirm();
    return await run();
  } finally {
    Date.now = real;
    await confirm();
  }
}

/** Attacks on approvals, each answering what became of it: the rule that stops it must be there, or the answer is another. */
export const ATTACKS: Record<string, { fact: string; safe: string; run(world: ApprovalWorld): Promise<string> }> = {
  own: {
    fact: "the requester cannot approve their own request (case 9)",
    safe: "forbidden, open",
    async run({ admin, ask, decide, read }) {
      const request = await ask(admin.ctx);
      const outcome = await outcomeOf(decide(admin.ctx, request, "approve"));
      return `${outcome}, ${(await read(admin.ctx, request.id)).status}`;
    },
  },
  changed: {
    fact: "when the moment is changed, what was approved is void (case 10)",
    safe: "conflict, approval_required, 0 restores",
    async run({ member, databaseId, approved, run, restores }) {
      const old = await approved();
      const changed = await replaceRequest(member.ctx, namespace, old.id, await restoreRequest(databaseId, 6));
      const outcomes = [await outcomeOf(run(member.ctx, old)), await outcomeOf(run(member.ctx, changed, 6))];
      return `${outcomes.join(", ")}, ${await restores()} restores`;
    },
  },
  replayed: {
    fact: "an approval runs once, also when its restore was cancelled at once (case 11)",
    safe: "done, conflict, 1 restores",
    async run({ member, owner, databaseId, approved, run, restores }) {
      const request = await approved();
      const outcomes = [await outcomeOf(run(member.ctx, request))];
      const { id } = await metadata().restore.findFirstOrThrow({ where: { databaseId } });
      await cancelRestore(owner.ctx, { namespace, database: databaseId, restoreId: id });
      outcomes.push(await outcomeOf(run(member.ctx, request)));
      return `${outcomes.join(", ")}, ${await restores()} restores`;
    },
  },
  stale: {
    fact: "a confirmation of another digest runs nothing",
    safe: "conflict, 0 restores",
    async run({ member, approved, run, restores }) {
      const { id } = await approved();
      return `${await outcomeOf(run(member.ctx, { id, digest: "0".repeat(64) }))}, ${await restores()} restores`;
    },
  },
  swapped: {
    fact: "an approval restores to no other commit than the one that was read",
    safe: "conflict, 0 restores",
    async run({ member, approved, run, restores }) {
      return `${await outcomeOf(run(member.ctx, await approved(), 6))}, ${await restores()} restores`;
    },
  },
  stolen: {
    fact: "nobody but the requester runs an approved request",
    safe: "forbidden",
    async run({ owner, approved, run }) {
      return outcomeOf(run(owner.ctx, await approved()));
    },
  },
  removed: {
    fact: "the approval of somebody who was removed since does not count",
    safe: "conflict",
    async run({ member, admin, approved, run }) {
      const request = await approved();
      await metadata().membership.deleteMany({ where: { userId: admin.userId } });
      return outcomeOf(run(member.ctx, request));
    },
  },
  demoted: {
    fact: "a requester who may no longer ask runs nothing",
    safe: "conflict",
    async run({ member, databaseId, approved, run }) {
      const request = await approved();
      const key = { databaseId, userId: member.userId };
      await metadata().writeWithdrawal.create({ data: { ...key, createdAtMs: 1n, createdBy: "ada" } });
      return outcomeOf(run(member.ctx, request));
    },
  },
  tightened: {
    fact: "a change of the policy makes what was approved under the old one void",
    safe: "conflict",
    async run({ member, rules, approved, run }) {
      const request = await approved();
      await rules({ leastWindowDays: 3 });
      return outcomeOf(run(member.ctx, request));
    },
  },
  restored: {
    fact: "a restore in between makes an approval void",
    safe: "conflict",
    async run({ member, databaseId, approved, run }) {
      const request = await approved();
      await metadata().database.update({ where: { id: databaseId }, data: { lastRestoreId: "another" } });
      return outcomeOf(run(member.ctx, request));
    },
  },
  late: {
    fact: "an approval that was not run in time has expired",
    safe: "conflict",
    async run({ member, approved, run }) {
      const request = await approved();
      return later(HOUR_MS, () => outcomeOf(run(member.ctx, request)));
    },
  },
  unanswered: {
    fact: "a request that nobody answered in time cannot be approved any more",
    safe: "conflict",
    async run({ admin, rules, ask, decide }) {
      await rules({ approveWithinMs: 5 * 60_000 });
      const request = await ask();
      return later(5 * 60_000, () => outcomeOf(decide(admin.ctx, request, "approve")));
    },
  },
  offHours: {
    fact: "outside of the allowed hours nothing begins, approved or not",
    safe: "forbidden, 0 restores",
    async run({ member, rules, approved, run, restores }) {
      const minute = Math.floor((Date.now() % (24 * HOUR_MS)) / 60_000);
      const fromMinute = (minute + 120) % 1440;
      const hours = { zone: "UTC", days: [1, 2, 3, 4, 5, 6, 7], fromMinute, toMinute: (fromMinute + 60) % 1440 };
      await rules({ hours });
      return `${await outcomeOf(run(member.ctx, await approved()))}, ${await restores()} restores`;
    },
  },
  direct: {
    fact: "an owner restores nothing alone where two people are needed",
    safe: "approval_required, 0 restores",
    async run({ owner, databaseId, restores }) {
      const queued = queueRestore(owner.ctx, namespace, await restoreDraft(databaseId));
      return `${await outcomeOf(queued)}, ${await restores()} restores`;
    },
  },
  loosened: {
    fact: "nobody loosens alone what needs others",
    safe: "approval_required",
    async run({ owner, databaseId }) {
      const rules = { ...DEFAULT_RULES, approvals: 0 };
      const { version } = await metadata().policy.findUniqueOrThrow({ where: { databaseId } });
      return outcomeOf(setPolicy(owner.ctx, { namespace, database: databaseId, rules, version }));
    },
  },
  deleted: {
    fact: "nobody gets around the policy by deleting the database",
    safe: "approval_required",
    run: ({ owner, databaseId }) => outcomeOf(deleteDatabase(owner.ctx, { namespace, database: databaseId })),
  },
  unlabelled: {
    fact: "a protected label cannot be deleted",
    safe: "forbidden",
    async run({ owner, databaseId, rules }) {
      await rules({ protectedLabels: ["Release *"] });
      const { id: restorePointId } = await metadata().restorePoint.create({
        data: { id: crypto.randomUUID(), databaseId, label: "release 4", kind: "pitr", createdAtMs: 1n },
      });
      return outcomeOf(deleteRestorePoint(owner.ctx, { namespace, database: databaseId, restorePointId }));
    },
  },
  loosenedOnce: {
    fact: "an approved loosening holds once, and no other values than those that were read",
    safe: "done, conflict, 0 approvals",
    async run({ owner, admin, databaseId, decide }) {
      const after = { ...DEFAULT_RULES, approvals: 0 };
      const before = { ...DEFAULT_RULES, approvals: 1 };
      const request = await fileRequest(owner.ctx, namespace, await policyRequest(databaseId, before, after));
      await decide(admin.ctx, request, "approve");
      const spend = () =>
        outcomeOf(spendApproval(owner.ctx, namespace, { approvalId: request.id, digest: request.digest, draft: null }));
      const outcomes = [await spend(), await spend()];
      const { approvals } = await metadata().policy.findUniqueOrThrow({ where: { databaseId } });
      return `${outcomes.join(", ")}, ${approvals} approvals`;
    },
  },
};
