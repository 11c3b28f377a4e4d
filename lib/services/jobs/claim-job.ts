import { type Metadata, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { finishJob } from "./finish-job.ts";
import { parseJob, type TypedJob } from "./job-kinds.ts";

/** One run of an agent: `holder` is new at each start, so that a run never takes its predecessor's lease for its own. */
export type LeaseHolder = { agentId: string; holder: string; leaseMs: number };

/** A claimed job; `attempt` counts from 1 and is above 1 when it is being resumed after a crash. */
export type ClaimedJob = TypedJob & {
  id: string;
  databaseId: string | null;
  /** The stage that was reported last, from which an interrupted job is resumed. */
  stage: string | null;
  attempt: number;
};

const MAX_ATTEMPTS = 200;

/**
 * Claims the oldest job that waits for this agent, or whose lease ran out, none of whose database is in `busy`; null when
 * there is none. Two claimers never get the same one: the update counts only if nobody changed the row since it was read.
 */
export async function claimJob(
  { agentId, holder, leaseMs }: LeaseHolder,
  busy: readonly string[] = [],
  db: Metadata = metadata(),
): Promise<ClaimedJob | null> {
  for (;;) {
    const now = nowMs();
    const candidate = await db.job.findFirst({
      where: {
        agentId,
        AND: [
          { OR: [{ status: "queued" }, { status: "running", leaseUntilMs: { lt: now } }] },
          { OR: [{ databaseId: null }, { databaseId: { notIn: [...busy] } }] },
        ],
      },
      orderBy: [{ createdAtMs: "asc" }, { id: "asc" }],
    });
    if (!candidate) return null;
    const { count } = await db.job.updateMany({
      where: { id: candidate.id, version: candidate.version },
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
      };
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      await finishJob(candidate.id, holder, { ok: false, error, cancelled: false });
    }
  }
}
