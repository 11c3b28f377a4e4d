import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { type LinePeer, serveLines } from "../../../../../lib/engines/processes/line-socket.ts";
import { HistoryWriter } from "../../../../../lib/engines/sqlite/history/history-writer.ts";
import type { FromPeers, ToPeers } from "../../../../../lib/engines/sqlite/keeper/primary-keeper.ts";
import { CapturePair } from "../../../../world/capture-pair.ts";
import { SqlSession } from "../../../../world/sql-session.ts";
import type { Scenario } from "../scenario.ts";

const ASKED_WITHIN_MS = 20_000;
const OURS = "the keeper that asks";
type Reader = LinePeer<ToPeers, FromPeers>;

/** A keeper's socket, served by the scenario: answers the reader that comes. */
async function awaitReader(socket: string): Promise<Reader> {
  const { promise, resolve } = Promise.withResolvers<Reader>();
  const refuse = () => {
    throw new Error("the scenario's keeper does nothing but ask");
  };
  await serveLines<ToPeers, FromPeers>(socket, {
    asks: { alive: () => ({}), hold: refuse, still: () => ({ unbroken: true }), status: refuse, health: refuse },
    tells: { hello: (_, peer) => resolve(peer), release: () => undefined, registry: () => undefined },
  });
  return promise;
}

async function askCopied(reader: Reader): Promise<void> {
  const question: { database: string; keeper: string } = { database: "one", keeper: OURS };
  for (const endMs = performance.now() + ASKED_WITHIN_MS; ; ) {
    try {
      await reader.ask("copied", question, 1000);
      return;
    } catch (error) {
      // Until its history is open the reader cannot say so.
      if (performance.now() > endMs) throw error;
      await sleep(20);
    }
  }
}

export const scenario: Scenario = async (folder) => {
  const file = path.join(folder, "live.db");
  const session = await SqlSession.open(file);
  await session.sql("pragma wal_autocheckpoint = 0");
  const pair = new CapturePair();
  const history = pair.register("one", file);
  pair.startKeeper();
  pair.startReader();
  await pair.until("one", "protected");
  await pair.close();
  const coming = awaitReader(pair.paths.keeperSocket);
  pair.startReader();
  const reader = await coming;
  await session.many("insert into t values (?, randomblob(100))", 1, 10);
  await askCopied(reader);
  await pair.killReader();
  session.kill();
  const writer = HistoryWriter.open(history);
  const { window } = writer;
  await writer.close();
  if (window?.keeper !== OURS) return `the window that was answered is not in the history: ${JSON.stringify(window)}`;
  return window.position.frame === writer.position.frame ? null : "the window is not where the history ends";
};
