import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { CapturePair } from "../../../../world/capture-pair.ts";
import { untilKept } from "../../../../world/keeper-status.ts";
import { SqlSession } from "../../../../world/sql-session.ts";
import { type Scenario, saltsOf } from "../scenario.ts";

const LOOK_FOR_MS = 1500;

/** How often the log restarted while a program wrote and tried to empty it. */
async function restartsOf(session: SqlSession, file: string): Promise<number> {
  const until = Date.now() + LOOK_FOR_MS;
  let [restarts, salts] = [0, saltsOf(file)];
  while (Date.now() < until) {
    for (let i = 0; i < 60; i++) await session.sql("insert into t(v) values (randomblob(9000))");
    await session.sql("pragma wal_checkpoint(passive)");
    await sleep(20);
    const now = saltsOf(file);
    if (now !== salts) restarts++;
    salts = now;
  }
  return restarts;
}

export const scenario: Scenario = async (folder) => {
  const file = path.join(folder, "live.db");
  const session = await SqlSession.open(file);
  await session.sql("pragma wal_autocheckpoint = 0");
  const pair = new CapturePair();
  try {
    pair.register("one", file);
    const first = pair.startKeeper();
    await untilKept(pair.paths.keeperSocket, "one", ({ pinned }) => pinned);
    const alone = await restartsOf(session, file);
    if (alone > 0) return `without a reader the log restarted ${alone} times`;
    pair.startReader();
    const spare = pair.startKeeper();
    await pair.until("one", "protected");
    await untilKept(pair.paths.keeperSocket, "one", (status) => status.spare);
    const both = await restartsOf(session, file);
    if (both === 0) return "with reader and spare the log never restarted, so this scenario proves nothing";
    spare.kill("SIGKILL");
    await untilKept(pair.paths.keeperSocket, "one", (status) => !status.spare);
    if (first.exitCode !== null) return "the keeper ended with its spare";
    const spareless = await restartsOf(session, file);
    return spareless === 0 ? null : `without the spare the log restarted ${spareless} times`;
  } finally {
    session.kill();
    await pair.close();
  }
};
