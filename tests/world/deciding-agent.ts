// An agent in a process of its own that does nothing but decide on schedules and run what they queue, as fast as it can: one line
// of JSON for each thing it does. LASTGOOD_DATA and DATABASE_URL say whose it is. It ends with its standard input.
import { setTimeout as sleep } from "node:timers/promises";
import { metadata } from "../../lib/db/client.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { readEnv } from "../../lib/env.ts";
import { registerAgent } from "../../lib/services/agents/register-agent.ts";
import { agentContext } from "../../lib/services/call-context.ts";
import { openJobStore } from "../../lib/services/jobs/job-store.ts";
import { decideRuns } from "../../lib/services/schedules/decide-runs.ts";

export type AgentLine =
  | { is: "registered"; agentId: string; epoch: number }
  | { is: "decided"; scheduleId: string; dueMs: number; outcome: string }
  | { is: "ran"; backupId: string }
  | { is: "superseded" };

const tell = (line: AgentLine) => process.stdout.write(`${JSON.stringify(line)}\n`);

const { region, paths } = readEnv();
const { agentId, epoch } = await registerAgent({ region, socketPath: paths.agentSocket });
const holder = `${agentId}:${epoch}`;
const jobs = openJobStore({ agentId, epoch, holder, leaseMs: 10_000 });
tell({ is: "registered", agentId, epoch });
process.stdin.on("end", () => process.exit(0));
process.stdin.resume();

/** One look of both, as the agent's rounds and its job loop take them. */
async function look(): Promise<void> {
  const agent = { agentId, epoch };
  const { decisions, superseded } = await decideRuns(agentContext(agentId, "schedules"), agent, Date.now());
  for (const { scheduleId, dueMs, outcome } of decisions) tell({ is: "decided", scheduleId, dueMs, outcome });
  if (superseded) tell({ is: "superseded" });
  for (let job = await jobs.claim(); job; job = await jobs.claim()) {
    if (job.kind !== "backup.run") throw new Error(`an unexpected job: ${job.kind}`);
    const { backupId } = job.payload;
    tell({ is: "ran", backupId });
    await metadata().backup.update({ where: { id: backupId }, data: { status: "completed" } });
    await jobs.finish(job.id, { ok: true });
  }
}

for (;;) {
  try {
    await look();
  } catch (error) {
    // Stopped within a transaction it finds, once it wakes, that the store has ended that; like the agent it goes on.
    if (!(error instanceof LastgoodError) || error.code !== "metadata_unavailable") throw error;
  }
  await sleep(20);
}
