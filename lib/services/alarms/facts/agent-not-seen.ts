import type { AlarmFact } from "../../../domain/alarm.ts";
import type { FactSource } from "./fact-source.ts";

/** An agent says several times a minute that it runs. One that restarts is back well within this. */
export const NOT_SEEN_AFTER_MS = 2 * 60_000;

/** Another agent of the store is silent that has databases to protect. Whichever agent looks first tells of it. */
export const agentNotSeen: FactSource = {
  kinds: ["agent_not_seen"],
  async find({ db, nowMs, agentId }) {
    const silent = await db.agent.findMany({
      where: { id: { not: agentId }, retiredAtMs: null, aliveAtMs: { gt: 0, lt: BigInt(nowMs - NOT_SEEN_AFTER_MS) } },
    });
    const facts: AlarmFact[] = [];
    for (const { id, region, aliveAtMs } of silent) {
      const owned = await db.database.groupBy({
        by: ["namespaceId"],
        where: { agentId: id, deletedAtMs: null, state: { in: ["active", "restoring"] } },
        _count: true,
      });
      for (const { namespaceId, _count: databases } of owned) {
        facts.push({
          kind: "agent_not_seen",
          subject: { agentId: id, namespaceId },
          sinceMs: Number(aliveAtMs),
          text: `The agent in the region ${region} is silent; it protects ${databases} ${databases === 1 ? "database" : "databases"} here.`,
          remedy: "See whether its machine runs and reaches the metadata. Capture there may go on without it.",
          figures: { region, databases },
        });
      }
    }
    return facts;
  },
};
