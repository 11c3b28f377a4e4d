import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import type { ScheduleDraft } from "../../../lib/domain/schedule.ts";
import type { AgentRun } from "../../../lib/services/agents/is-current-run.ts";
import { agentContext, type CallContext } from "../../../lib/services/call-context.ts";
import { createSchedule } from "../../../lib/services/schedules/create-schedule.ts";
import { decideRuns } from "../../../lib/services/schedules/decide-runs.ts";
import type { MetadataWorld } from "./open-metadata-world.ts";

export const NIGHTLY: ScheduleDraft = {
  name: "Nightly",
  kind: "physical",
  cron: "30 2 * * *",
  zone: "Europe/Berlin",
  active: true,
  retentionDays: 30,
  keepAtMost: null,
  jitterSeconds: 0,
};

/** A database with its owner and agent, whose schedules are decided on whenever a test says so. */
export async function openScheduleWorld(world: MetadataWorld, slug = `ns-${randomUUID().slice(0, 8)}`) {
  const namespaceId = await world.addNamespace(slug);
  const databaseId = await world.addDatabase(namespaceId, "shop");
  const people: Record<string, CallContext> = {};
  for (const role of ["owner", "admin", "member", "viewer"] as const) {
    people[role] = await world.contextOf(await world.addUser(`${role}@${slug}.example`, { [namespaceId]: role }));
  }
  const agentId = await world.agentId();
  const { epoch } = await metadata().agent.findUniqueOrThrow({ where: { id: agentId } });
  const agent: AgentRun = { agentId, epoch };
  const of = { namespace: slug, database: databaseId };
  const owner = people.owner as CallContext;
  return {
    of,
    owner,
    member: people.member as CallContext,
    viewer: people.viewer as CallContext,
    databaseId,
    namespaceId,
    agent,
    /** A schedule that was last decided on at a moment, given as text. */
    async add(draft: Partial<ScheduleDraft> = {}, decidedTo?: string): Promise<string> {
      const { id } = await createSchedule(owner, {
        ...of,
        schedule: { ...NIGHTLY, name: `s-${randomUUID()}`, ...draft },
      });
      if (decidedTo !== undefined) {
        await metadata().schedule.update({ where: { id }, data: { decidedToMs: BigInt(Date.parse(decidedTo)) } });
      }
      return id;
    },
    /** What the agent decides at a moment. */
    decideAt: (at: string, by: AgentRun = agent) =>
      decideRuns(agentContext(by.agentId, "schedules"), by, Date.parse(at)),
    async runsOf(scheduleId: string) {
      const rows = await metadata().scheduleRun.findMany({ where: { scheduleId }, orderBy: { dueMs: "asc" } });
      return rows.map(({ dueMs, outcome }) => `${new Date(Number(dueMs)).toISOString().slice(0, 16)} ${outcome}`);
    },
    backupsOf: (scheduleId: string) =>
      metadata().backup.findMany({ where: { scheduleId }, orderBy: { createdAtMs: "asc" } }),
    /** The backups of a schedule as if the agent had made them. */
    finish: (scheduleId: string) =>
      metadata().backup.updateMany({ where: { scheduleId }, data: { status: "completed" } }),
  };
}

export type ScheduleWorld = Awaited<ReturnType<typeof openScheduleWorld>>;
