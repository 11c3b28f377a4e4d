import { mkdirSync } from "node:fs";
import { KeeperWords } from "../../../../../lib/engines/sqlite/reader/keeper-words.ts";
import { FollowerWorld } from "../follower-world.ts";
import type { Scenario } from "../scenario.ts";

type Said = { keeper: string; heirOf: string[]; lives: boolean };

/** What becomes of a window of keeper "one" when somebody says that the log of now comes right behind it. */
async function judgeAfter(folder: string, { keeper, heirOf, lives }: Said): Promise<string> {
  mkdirSync(folder);
  const world = await FollowerWorld.start(folder);
  const { follower } = world;
  follower.openWindow("one");
  await follower.flush();
  // Nobody held the log: it restarts twice, and the commit in between is gone.
  for (let i = 0; i < 2; i++) {
    await world.restartLog();
    await world.commit();
  }
  const words = new KeeperWords();
  words.add({ database: "one", keeper, heirOf, restarted: true, isAlive: async () => lives });
  await words.apply(follower);
  const judged = follower.judge(false);
  await world.end();
  return judged;
}

export const scenario: Scenario = async (folder) => {
  const stranger = await judgeAfter(`${folder}/a`, { keeper: "two", heirOf: ["zero"], lives: true });
  if (stranger !== "gap") return `a keeper that never held the log vouched for it: ${stranger}`;
  const dead = await judgeAfter(`${folder}/b`, { keeper: "one", heirOf: [], lives: false });
  if (dead !== "gap") return `a keeper vouched that had died before the log was looked at: ${dead}`;
  const heir = await judgeAfter(`${folder}/c`, { keeper: "two", heirOf: ["one"], lives: true });
  return heir === "accepted" ? null : `an heir's word did not count: ${heir}`;
};
