import type { DatabaseView, JobView } from "../../client/api-types.ts";
import { type ErrorCode, isErrorCode } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { readJobView } from "../jobs/read-job-view.ts";
import { waitForJob } from "../jobs/wait-for-job.ts";
import type { CreatedDatabase } from "./create-database.ts";
import { getDatabase } from "./get-database.ts";

/** A database after its job had time to end; `code` says why it failed, where it did. */
export type SettledDatabase = { database: DatabaseView; job: JobView; code: ErrorCode };

/** Waits until a new database is usable or has failed, at most `timeoutMs`; then it answers how far it is. */
export async function awaitProtection(
  ctx: CallContext,
  wait: { namespace: string; created: CreatedDatabase; timeoutMs: number; signal?: AbortSignal },
): Promise<SettledDatabase> {
  const { namespace, created, timeoutMs, signal } = wait;
  const { errorCode } = await waitForJob(created.job.id, timeoutMs, signal);
  const job = (await readJobView(created.job.id)) ?? created.job;
  const database = await getDatabase(ctx, { namespace, database: created.database.id });
  return { database, job, code: errorCode !== null && isErrorCode(errorCode) ? errorCode : "internal" };
}
