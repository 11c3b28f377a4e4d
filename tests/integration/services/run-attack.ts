// Runs one attack on approvals in a process of its own, whose sources may have been changed, and prints what became of it.
import { ATTACKS, openApprovalWorld } from "./approval-scenarios.ts";
import { openMetadataWorld } from "./open-metadata-world.ts";

const attack = ATTACKS[process.argv[2] ?? ""];
if (!attack) throw new Error("there is no such attack");
const world = await openMetadataWorld();
try {
  process.stdout.write(`${JSON.stringify({ outcome: await attack.run(await openApprovalWorld(world)) })}\n`);
} finally {
  await world.close();
}
process.exit(0);
