import { type Metadata, metadata } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isCurrentRun } from "../agents/is-current-run.ts";
import { finishJob } from "./finish-job.ts";
import { parseJob, requestOf, type TypedJob } from "./job-kinds.ts";

/**
 * One run of an agent: `holder` is new at each start, so that a run never takes its predecessor's lease for its own. With its
 * epoch it claims nothing once another run has begun.
 */
export type LeaseHolder = { agentId: string; epoch?: number; holder: string; leaseMs: number };

/** A claimed job; `attempt` counts from 1 and is above 1 when it is being resumed after a crash. */
export type ClaimedJob = TypedJob & {
  id: string;
  databaseId: string | null;
  /** The stage that was reported last, from which an interrupted job is resumed. */
  stage: string | null;
  attempt: number;
  /** The request that led to it; null where none did. */
  requestId?: string | null;
};

const MAX_ATTEMPTS = 200;

/** What is left waiting: jobs of these databases, of these kinds, and these themselves. */
export type LeftWaiting = { databases?: readonly string[]; kinds?: readonly string[]; jobs?: readonly string[] };

/**
 * Claims the oldest job that waits for this agent, or whose lease ran out; null when there is none. Two claimers never get the same one:
 * the update counts only if nobody changed the row since it was read, and no lease was prolonged. `jobs` are to be those which the caller
 * itself runs: after a time without metadata their leases have run out for it as for everybody.
 */
export async function claimJob(
  { agentId, epoch, holder, leaseMs }: LeaseHolder,
  { databases = [], kinds = [], jobs = [] }: LeftWaiting = {},
  db: Metadata = metadata(),
): Promise<ClaimedJob | null> {
  for (;;) {
    const now = await storeNowMs(db);
    const isFree = { OR: [{ status: "queued" }, { status: "running", leaseUntilMs: { lt: now } }] };
    const candidate = await db.job.findFirst({
      where: {
        agentId,
        AND: [
          isFree,
          { OR: [{ databaseId: null }, { databaseId: { notIn: [...databases] } }] },
          { kind: { notIn: [...kinds] }, id: { notIn: [...jobs] } },
        ],
      },
      orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    });
    if (!candidate) return null;
    const { count } = await db.job.updateMany({
      where: { id: candidate.id, version: candidate.version, ...isFree },
      data: {
        status: "running",
        leaseOwner: holder,
        leaseUntilMs: now + BigInt(leaseMs),
        attempts: candidate.attempts + 1,
        version: candidate.version + 1,
        startedAtMs: candidate.startedAtMs ?? now,
      },
    });
    if (count === 0) continue;
    // After the claim, not before it: a run that stood still in between must learn that its successor has begun.
    if (epoch !== undefined && !(await isCurrentRun(db, { agentId, epoch }))) {
      await putBack(db, candidate, holder);
      return null;
    }
    try {
      if (candidate.attempts >= MAX_ATTEMPTS) {
        throw new LastgoodError("internal", `The job was interrupted ${MAX_ATTEMPTS} times and is given up.`, {
          hint: "The agent's log names what ended it each time.",
        });
      }
      const typed = parseJob(candidate);
      return {
        ...typed,
        id: candidate.id,
        databaseId: candidate.databaseId,
        stage: candidate.stage,
        attempt: candidate.attempts + 1,
        requestId: requestOf(candidate),
      };
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      await finishJob(candidate.id, holder, { ok: false, error, cancelled: false });
    }
  }
}

/** A claim that should not have been made, as if it never was; unless its lease is somebody else's already. */
async function putBack(
  db: Metadata,
  { id, status, attempts, startedAtMs }: { id: string; status: string; attempts: number; startedAtMs: bigint | null },
  holder: string,
): Promise<void> {
  await db.job.updateMany({
    where: { id, leaseOwner: holder, status: "running" },
    data: { status, attempts, startedAtMs, leaseOwner: null, leaseUntilMs: 0n, version: { increment: 1 } },
  });
}
