import { setTimeout as sleep } from "node:timers/promises";
import { connectLines } from "../../lib/engines/processes/line-socket.ts";
import type { AgentToKeeper, KeeperStatus, KeeperToAgent } from "../../lib/engines/sqlite/capture-protocol.ts";

/** What the primary keeper says of a database; null when nobody serves or it does not know the database. */
export async function keeperStatus(keeperSocket: string, database: string): Promise<KeeperStatus | null> {
  try {
    const keeper = await connectLines<AgentToKeeper, KeeperToAgent>(keeperSocket, { asks: {}, tells: {} });
    try {
      keeper.tell("hello", { as: "agent" });
      const { databases } = await keeper.ask("status", { databases: [database] }, 2000);
      return databases[0] ?? null;
    } finally {
      keeper.close();
    }
  } catch {
    return null;
  }
}

/** Waits until the primary keeper says so of a database; fails with what it said last. */
export async function untilKept(
  keeperSocket: string,
  database: string,
  isSo: (status: KeeperStatus) => boolean,
  withinMs = 20_000,
): Promise<KeeperStatus> {
  const deadlineMs = Date.now() + withinMs;
  let last: KeeperStatus | null = null;
  while (Date.now() < deadlineMs) {
    last = await keeperStatus(keeperSocket, database);
    if (last && isSo(last)) return last;
    await sleep(20);
  }
  throw new Error(`waited in vain for ${database}: ${JSON.stringify(last)}`);
}
