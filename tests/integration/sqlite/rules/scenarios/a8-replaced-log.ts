import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, truncateSync } from "node:fs";
import { LogGap } from "../../../../../lib/engines/sqlite/reader/capture-problem.ts";
import { frameOffset } from "../../../../../lib/engines/sqlite/wal/wal-layout.ts";
import { SqlSession } from "../../../../world/sql-session.ts";
import { FollowerWorld } from "../follower-world.ts";
import type { Scenario } from "../scenario.ts";

const OPEN_AND_CLOSE =
  "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('select * from t').fetchone(); c.close()";

async function followingSays(world: FollowerWorld): Promise<string> {
  try {
    for (let tries = 0; tries < 20; tries++) {
      const said = await world.follower.catchUp(false);
      if (said === "all") return said;
    }
    return "waiting";
  } catch (error) {
    return error instanceof LogGap ? "gap" : String(error);
  }
}

/** The program's last close deletes the log; its next start makes another one under the same name. */
async function replacedFile(folder: string): Promise<string> {
  mkdirSync(folder);
  const world = await FollowerWorld.start(folder);
  world.session.kill();
  execFileSync("python3", ["-c", OPEN_AND_CLOSE, world.file]);
  const session = await SqlSession.open(world.file);
  await session.sql("insert into t(v) values (randomblob(100))");
  const said = await followingSays(world);
  session.kill();
  await world.end();
  return said;
}

/** The log as a power cut leaves it: the newest frames never reached the disk. */
async function fewerFrames(folder: string): Promise<string> {
  mkdirSync(folder);
  const world = await FollowerWorld.start(folder);
  world.session.kill();
  const { frame } = world.follower.position;
  rmSync(`${world.file}-shm`);
  truncateSync(`${world.file}-wal`, frameOffset(frame - 3, world.open.writer.pageSize));
  const session = await SqlSession.open(world.file);
  const said = await followingSays(world);
  session.kill();
  await world.end();
  return said;
}

export const scenario: Scenario = async (folder) => {
  const replaced = await replacedFile(`${folder}/a`);
  if (replaced !== "gap") return `a log that was replaced is followed as if nothing had happened: ${replaced}`;
  const fewer = await fewerFrames(`${folder}/b`);
  return fewer === "gap" ? null : `a log with fewer frames than were copied is no gap: ${fewer}`;
};
