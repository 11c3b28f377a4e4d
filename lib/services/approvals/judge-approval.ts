import type { MetadataReader } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { type Action, roleMay } from "../../domain/actions.ts";
import {
  type ApprovalKind,
  type ApprovalStatus,
  type BoundFacts,
  isLive,
  type Judgement,
  judgeRequest,
} from "../../domain/approval.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { type DatabaseRow, mayPersonWrite } from "../databases/find-database.ts";
import { listPeople, type NamedPerson } from "../policies/list-people.ts";
import { type PolicyState, readPolicy } from "../policies/read-policy.ts";
import { type ResolvedBackup, requireSameBackup } from "../restores/resolve-source.ts";
import { type ApprovalRow, digestRequest, readPayload, toRequestFacts, toVerdicts } from "./approval-record.ts";

/** How a request stands now, and with what. */
export type JudgedApproval = {
  row: ApprovalRow;
  judgement: Judgement;
  bound: BoundFacts & { people: readonly NamedPerson[]; policy: PolicyState };
};

/** Judges requests by the facts of now, whatever was written down; reads what they share once. */
export async function judgeApprovals(db: MetadataReader, rows: readonly ApprovalRow[]): Promise<JudgedApproval[]> {
  const people = new Map<string, NamedPerson[]>();
  const policies = new Map<string, PolicyState>();
  const judged: JudgedApproval[] = [];
  for (const row of rows) {
    const here = people.get(row.namespaceId) ?? (await listPeople(db, row.namespaceId));
    people.set(row.namespaceId, here);
    const policy = policies.get(row.databaseId) ?? (await readPolicy(db, row.databaseId));
    policies.set(row.databaseId, policy);
    const bound = await readBoundFacts(db, row, here, policy);
    judged.push({
      row,
      bound: { ...bound, people: here, policy },
      judgement: judgeRequest(toRequestFacts(row), toVerdicts(row), bound, Number(nowMs())),
    });
  }
  return judged;
}

/** The same for one. */
export async function judgeApproval(db: MetadataReader, row: ApprovalRow): Promise<JudgedApproval> {
  const [judged] = await judgeApprovals(db, [row]);
  if (!judged) throw new Error("assumption violated: each request is judged");
  return judged;
}

/** The action that a request asks for is the right that its requester needs, but for the restore: any member may ask. */
export function rightToAsk(kind: ApprovalKind): Action {
  return kind === "restore.project" ? "approval.request" : kind;
}

async function readBoundFacts(
  db: MetadataReader,
  row: ApprovalRow,
  people: readonly NamedPerson[],
  { rules, version }: PolicyState,
): Promise<BoundFacts> {
  const payload = readPayload(row);
  const { database } = row;
  const requester = people.find(({ userId }) => userId === row.requestedBy);
  // What has ended is not judged again, and most of a list has.
  const live = isLive(row.status as ApprovalStatus);
  const mayWrite = requester !== undefined && live && (await mayPersonWrite(db, requester, row.databaseId));
  const { source } = payload.kind === "restore.project" ? payload : { source: null };
  const isPreviewThere =
    !live ||
    payload.kind !== "restore.cutover" ||
    (await db.database.count({ where: { id: payload.preview.id, deletedAtMs: null } })) === 1;
  const isLabelThere =
    !live ||
    source?.kind !== "snapshot" ||
    (await db.restorePoint.count({ where: { id: source.snapshotId, databaseId: row.databaseId } })) === 1;
  const backup = payload.kind === "restore.project" ? payload.backup : undefined;
  const isBackupThere = !live || backup === undefined || (await isStillUsable(db, database, backup));
  const facts = { databaseId: row.databaseId, policyVersion: version, lastRestoreId: database.lastRestoreId };
  return {
    isDatabaseThere: database.deletedAtMs === null && database.state !== "deleted",
    digest: isLabelThere && isPreviewThere && isBackupThere ? digestRequest(payload, facts) : null,
    rules,
    policyVersion: version,
    people,
    mayAsk:
      requester !== undefined &&
      mayWrite &&
      roleMay(requester.role, "approval.request") &&
      roleMay(requester.role, rightToAsk(payload.kind)),
  };
}

/** What was deleted, damaged or replaced meanwhile is not what was asked for. */
async function isStillUsable(db: MetadataReader, database: DatabaseRow, backup: ResolvedBackup): Promise<boolean> {
  try {
    await requireSameBackup(db, database, backup);
    return true;
  } catch (error) {
    if (error instanceof LastgoodError) return false;
    throw error;
  }
}
