import { statSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openHistory } from "../../../../../lib/engines/sqlite/history/open-history.ts";
import { CapturePair } from "../../../../world/capture-pair.ts";
import { computeForwards, withoutCounters } from "../../../../world/compute-state.ts";
import { SqlSession } from "../../../../world/sql-session.ts";
import type { Scenario } from "../scenario.ts";

const LIMIT_BYTES = 4 * 1024 ** 2;
const GIVEN_UP_WITHIN_MS = 6000;

async function isEmptied(wal: string): Promise<boolean> {
  const until = Date.now() + GIVEN_UP_WITHIN_MS;
  while (Date.now() < until) {
    if (statSync(wal).size < LIMIT_BYTES) return true;
    await sleep(50);
  }
  return false;
}

export const scenario: Scenario = async (folder) => {
  const file = path.join(folder, "live.db");
  const session = await SqlSession.open(file);
  await session.sql("pragma wal_autocheckpoint = 0");
  const pair = new CapturePair();
  try {
    const directory = pair.register("one", file);
    pair.startKeeper();
    pair.startKeeper();
    const reader = pair.startReader();
    await pair.until("one", "protected");
    await session.many("insert into t values (?, randomblob(1000))", 1, 50);
    const { txid } = await pair.flush("one");
    reader.kill("SIGSTOP");
    await session.many("insert into t values (?, randomblob(100000))", 51, 120);
    if (!(await isEmptied(`${file}-wal`)))
      return `the log has ${statSync(`${file}-wal`).size} bytes and goes on growing`;
    await session.many("insert into t values (?, randomblob(1000))", 121, 140);
    reader.kill("SIGCONT");
    await pair.until("one", "protected");
    for (let tries = 0; tries < 100; tries++) {
      await pair.flush("one").catch(() => undefined);
      const history = openHistory(directory);
      const [gaps, newest] = [history.gaps(), history.newest()];
      const copy = withoutCounters(await session.copy());
      const isSame = newest.txid > txid && withoutCounters(computeForwards(history, newest.txid)).equals(copy);
      history.close();
      if (isSame) return gaps.length === 1 ? null : `what was given up is ${gaps.length} gaps`;
      await sleep(50);
    }
    return "the history never came to the database's state again";
  } finally {
    session.kill();
    await pair.close();
  }
};
