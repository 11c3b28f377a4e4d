import { storeNowMs } from "../../../db/store-time.ts";
import type { AlarmFact } from "../../../domain/alarm.ts";
import type { FactSource } from "./fact-source.ts";

/** An agent says several times a minute that it runs. One that restarts is back well within this. */
export const NOT_SEEN_AFTER_MS = 2 * 60_000;

/** Another agent of the store is silent that has databases to protect. Whichever agent looks first tells of it. */
export const agentNotSeen: FactSource = {
  kinds: ["agent_not_seen"],
  async find({ db, agentId, leaveAlone }) {
    // Not by this machine's clock: others have said that they run by the store's.
    const sinceMs = (await storeNowMs(db)) - BigInt(NOT_SEEN_AFTER_MS);
    const others = { id: { not: agentId }, retiredAtMs: null };
    const silent = await db.agent.findMany({
      where: {
        ...others,
        // One that was enrolled in the place of another, and never started since.
        OR: [{ aliveAtMs: { gt: 0, lt: sinceMs } }, { aliveAtMs: 0, enrolledAtMs: { lt: sinceMs } }],
      },
    });
    const enrolled = { aliveAtMs: 0, retiredAtMs: null, enrolledAtMs: { gte: sinceMs } };
    for (const { id } of await db.agent.findMany({ where: enrolled, select: { id: true } })) leaveAlone(id);
    // Whether an agent is seen is others' to say while there are others.
    if (await db.agent.findFirst({ where: { ...others, aliveAtMs: { gte: sinceMs } }, select: { id: true } })) {
      leaveAlone(agentId);
    }
    const facts: AlarmFact[] = [];
    for (const { id, region, aliveAtMs, enrolledAtMs } of silent) {
      const owned = await db.database.groupBy({
        by: ["namespaceId"],
        where: { agentId: id, deletedAtMs: null, state: { in: ["active", "restoring"] } },
        _count: true,
      });
      for (const { namespaceId, _count: databases } of owned) {
        facts.push({
          kind: "agent_not_seen",
          subject: { agentId: id, namespaceId },
          sinceMs: Number(aliveAtMs || (enrolledAtMs ?? 0n)),
          text: `The agent in the region ${region} is silent; it protects ${databases} ${databases === 1 ? "database" : "databases"} here.`,
          remedy: "See whether its machine runs and reaches the metadata. Capture there may go on without it.",
          figures: { region, databases },
        });
      }
    }
    return facts;
  },
};
