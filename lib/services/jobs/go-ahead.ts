import { setTimeout as sleep } from "node:timers/promises";
import { isTransactionConflict, metadata } from "../../db/client.ts";
import { metadataUnavailable } from "../../db/metadata-unavailable.ts";

type Answer = "kept" | "cancel" | "lost";

/** Whoever goes ahead may hold others up meanwhile; the metadata take longer than this only when they are not well. */
const WITHIN_MS = 8000;

/**
 * Takes the step from which on a job is not cancelled any more, in one statement, so that there is no moment between it and a cancel:
 * whoever comes first is kept. `cancel`: somebody asked to stop before. `lost`: the job ended or is somebody else's now. Taking it again
 * changes nothing, also after a crash. Throws `metadata_unavailable`; then it may have been taken, and nothing may be written.
 */
export async function goAhead(jobId: string, { holder }: { holder: string }): Promise<Answer> {
  const over = new AbortController();
  try {
    return await Promise.race([takeStep(jobId, holder), tooLate(over.signal)]);
  } catch (error) {
    throw isTransactionConflict(error) ? metadataUnavailable(error) : error;
  } finally {
    over.abort();
  }
}

async function takeStep(jobId: string, holder: string): Promise<Answer> {
  const mine = { id: jobId, leaseOwner: holder, status: "running" };
  const { count } = await metadata().job.updateMany({
    where: { ...mine, OR: [{ goneAhead: true }, { cancelAsked: false }] },
    data: { goneAhead: true },
  });
  if (count === 1) return "kept";
  const job = await metadata().job.findFirst({ where: mine, select: { id: true } });
  return job === null ? "lost" : "cancel";
}

async function tooLate(signal: AbortSignal): Promise<never> {
  // The race is over once this is cut short: its end is nobody's any more.
  await sleep(WITHIN_MS, undefined, { signal });
  throw metadataUnavailable(new Error("there was no answer in time"));
}
