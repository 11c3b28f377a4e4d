// A run of an agent whose successor has begun decides on a schedule that is due, in a process whose sources may have been changed;
// prints what it decided and wrote.
import { metadata } from "../../../lib/db/client.ts";
import { openMetadataWorld } from "./open-metadata-world.ts";
import { openScheduleWorld } from "./schedule-world.ts";

const metadataWorld = await openMetadataWorld();
try {
  const world = await openScheduleWorld(metadataWorld);
  const id = await world.add({}, "2026-11-20T12:00:00Z");
  const { agentId, epoch } = world.agent;
  await metadata().agent.update({ where: { id: agentId }, data: { epoch: epoch + 1 } });
  const { superseded } = await world.decideAt("2026-11-21T01:30:05Z");
  process.stdout.write(`${JSON.stringify({ superseded, runs: await world.runsOf(id) })}\n`);
} finally {
  await metadataWorld.close();
}
process.exit(0);
