// Runs attacks by and on people in a process of its own, whose sources may have been changed, and prints what became of them.

import { ATTACKS, openMemberWorld } from "./member-scenarios.ts";
import { openMetadataWorld } from "./open-metadata-world.ts";

const world = await openMetadataWorld();
try {
  const outcomes: Record<string, string> = {};
  for (const name of process.argv.slice(2)) {
    const attack = ATTACKS[name];
    if (!attack) throw new Error(`there is no attack ${name}`);
    outcomes[name] = await attack.run(await openMemberWorld(world));
  }
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
} finally {
  await world.close();
}
process.exit(0);
