// What machines whose clocks differ by ten minutes make of each other, in a process whose sources may have been changed; prints it.
import { randomUUID } from "node:crypto";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { requireLost } from "../../../lib/services/agents/create-enrolment.ts";
import { noteAlive } from "../../../lib/services/agents/note-alive.ts";
import { queuePurges } from "../../../lib/services/agents/queue-purges.ts";
import { agentNotSeen } from "../../../lib/services/alarms/facts/agent-not-seen.ts";
import { writeDeletion } from "../../../lib/services/databases/delete-database.ts";
import type { Principal } from "../../../lib/services/find-principal.ts";
import { createJob } from "../../../lib/services/jobs/create-job.ts";
import { openJobStore } from "../../../lib/services/jobs/job-store.ts";
import { transact } from "../../../lib/services/transact.ts";
import { openMetadataWorld } from "./open-metadata-world.ts";

const TEN_MINUTES_MS = 10 * 60_000;
const DAY_MS = 86_400_000;
const right = Date.now;

/** Does something on a machine whose clock is ahead by so much, milliseconds. */
async function aheadBy<T>(ms: number, work: () => Promise<T>): Promise<T> {
  Date.now = () => right() + ms;
  try {
    return await work();
  } finally {
    Date.now = right;
  }
}

const world = await openMetadataWorld();
try {
  const agentId = await world.agentId();
  const namespaceId = await world.addNamespace("acme");
  const databaseId = await world.addDatabase(namespaceId, "shop");
  const other = { id: randomUUID(), region: "office", epoch: 1, seenAtMs: 1n, socketPath: "/nowhere" };
  await metadata().agent.create({ data: other });
  await metadata().database.update({ where: { id: databaseId }, data: { agentId: other.id } });

  /** The job of one run is looked at by another one, each with its clock. */
  const steals = async (holderMs: number, thiefMs: number) => {
    await transact((tx) =>
      createJob(tx, { agentId, databaseId }, { kind: "database.release", payload: { databaseId } }),
    );
    const [holder, thief] = ["holder", "thief"].map((name) => openJobStore({ agentId, holder: name, leaseMs: 60_000 }));
    const job = await aheadBy(holderMs, async () => {
      const claimed = await holder?.claim();
      await holder?.renew(claimed?.id ?? "");
      return claimed;
    });
    const stolen = await aheadBy(thiefMs, async () => thief?.claim());
    await metadata().job.deleteMany({ where: { id: job?.id ?? "" } });
    return stolen !== null;
  };

  /** The other agent says that it runs; what whoever looks makes of it. */
  const takenForLost = async (agentMs: number, lookerMs: number) => {
    await aheadBy(agentMs, () => noteAlive({ agentId: other.id, epoch: 1 }));
    return aheadBy(lookerMs, async () => {
      const lost = await transact((tx) => requireLost(tx, other.id)).then(
        () => true,
        (error: unknown) =>
          error instanceof LastgoodError && error.code === "conflict" ? false : Promise.reject(error),
      );
      const seen = { databases: new Map(), clockJumps: [] };
      const looked = { db: metadata(), nowMs: Date.now(), agentId, seen, leaveAlone: () => undefined };
      return { lost, alarms: (await agentNotSeen.find(looked)).length };
    });
  };

  const purgesEarly = async () => {
    const gone = await world.addDatabase(namespaceId, "gone");
    const purgeAfterMs = BigInt(right() + TEN_MINUTES_MS / 2);
    const data = { state: "deleted", nameKey: null, deletedAtMs: BigInt(right()), purgeAfterMs };
    await metadata().database.update({ where: { id: gone }, data });
    return (await aheadBy(TEN_MINUTES_MS, () => queuePurges(agentId, 5))).queued;
  };

  /** Somebody deletes at a console whose clock is ten days behind. */
  const deletedBehind = async () => {
    const id = await world.addDatabase(namespaceId, "deleted");
    const row = await metadata().database.findUniqueOrThrow({ where: { id } });
    const by = { name: "ada@acme.example" } as Principal;
    const untilMs = await aheadBy(-10 * DAY_MS, () => transact((tx) => writeDeletion(tx, by, row)));
    return untilMs > right() + 6 * DAY_MS ? "kept for its grace period" : "gone at once";
  };

  process.stdout.write(
    `${JSON.stringify({
      stolen: [await steals(-TEN_MINUTES_MS, 0), await steals(0, TEN_MINUTES_MS)],
      behind: await takenForLost(-TEN_MINUTES_MS, 0),
      looked: await takenForLost(0, TEN_MINUTES_MS),
      purged: await purgesEarly(),
      deleted: await deletedBehind(),
    })}\n`,
  );
} finally {
  await world.close();
}
process.exit(0);
