import path from "node:path";
import pino from "pino";
import { BackupStores } from "../../../lib/agent/backup-stores.ts";
import { purgeBackup } from "../../../lib/agent/handlers/purge-backups.ts";
import { runBackup } from "../../../lib/agent/handlers/run-backup.ts";
import { verifyBackup } from "../../../lib/agent/handlers/verify-backup.ts";
import { JobLoop } from "../../../lib/agent/job-loop.ts";
import { StorageKeys } from "../../../lib/agent/storage-keys.ts";
import type { Engine, ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { readEnv } from "../../../lib/env.ts";
import { agentContext } from "../../../lib/services/call-context.ts";
import type { ClaimedJob } from "../../../lib/services/jobs/claim-job.ts";
import { expireLeases } from "../../../lib/services/jobs/expire-leases.ts";
import { openJobStore } from "../../../lib/services/jobs/job-store.ts";

/** What of an agent carries backups out, as the agent itself does: its job loop, its stores, its handlers. */
export async function startBackupAgent(
  engine: Engine,
  database: (id: string) => Promise<ProtectedDatabase>,
  { agentId, holder, keysFile = null }: { agentId: string; holder: string; keysFile?: string | null },
) {
  const { paths } = readEnv();
  const stores = new BackupStores(path.join(paths.data, "backups"), new StorageKeys(keysFile));
  await expireLeases(agentId, holder);
  const loop = new JobLoop({
    store: openJobStore({ agentId, holder, leaseMs: 10_000 }),
    handle: (claimed, run) => {
      const job = claimed as ClaimedJob;
      const ctx = agentContext(agentId, `job-${job.id}`);
      if (job.kind === "backup.run") {
        return runBackup(ctx, job.payload.backupId, { engine, database, stores, jobId: job.id, holder }, run);
      }
      if (job.kind === "backup.verify") return verifyBackup(job.payload.backupId, { engine, stores }, run);
      if (job.kind === "backup.purge") return purgeBackup(ctx, job.payload.backupId, stores);
      throw new Error(`no job ${job.kind} is expected here`);
    },
    log: pino({ level: "silent" }),
    pollMs: 50,
    renewMs: 50,
    maxConcurrent: 2,
  });
  loop.start();
  return { loop, stores };
}
