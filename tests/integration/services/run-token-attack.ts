// Runs attacks with tokens and on deletions in a process of its own, whose sources may have been changed, and prints what became of them.
import { openMetadataWorld } from "./open-metadata-world.ts";
import { ATTACKS, openTokenWorld } from "./token-scenarios.ts";

const world = await openMetadataWorld();
try {
  const outcomes: Record<string, string> = {};
  for (const name of process.argv.slice(2)) {
    const attack = ATTACKS[name];
    if (!attack) throw new Error(`there is no attack ${name}`);
    outcomes[name] = await attack.run(await openTokenWorld(world));
  }
  process.stdout.write(`${JSON.stringify(outcomes)}\n`);
} finally {
  await world.close();
}
process.exit(0);
