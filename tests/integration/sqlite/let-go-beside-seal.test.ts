import { rmSync } from "node:fs";
import path from "node:path";
import pino from "pino";
import { afterEach, expect, test } from "vitest";
import { DatabaseCapture } from "../../../lib/engines/sqlite/reader/database-capture.ts";
import { type KeeperEvents, KeeperLink } from "../../../lib/engines/sqlite/reader/keeper-link.ts";
import { LogScanner } from "../../../lib/engines/sqlite/reader/log-scanner.ts";
import { realDisk, useDisk } from "../../../lib/storage/disk.ts";
import { CapturePair } from "../../world/capture-pair.ts";
import { SqlSession } from "../../world/sql-session.ts";

const log = pino({ level: "silent" });
const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

test("a capture that lost its log does not call itself protected while a seal is under way", {
  timeout: 60_000,
}, async () => {
  const pair = new CapturePair();
  ends.push(async () => {
    await pair.close();
    rmSync(pair.data, { recursive: true, force: true });
  });
  const file = path.join(pair.data, "live.db");
  const session = await SqlSession.open(file);
  ends.push(() => session.kill());
  await session.many("insert into t values (?, randomblob(2000))", 1, 20);
  const historyDirectory = pair.register("one", file);
  const keeper = pair.startKeeper();
  const database = { id: "one", path: file, historyDirectory, origin: "attached", windowDays: 30 } as const;
  const events: KeeperEvents = {
    copied: (_, id) => capture.copied(id),
    near: () => capture.near(),
    pinned: (word, isAlive) => capture.pinned({ ...word, isAlive }),
    lost: () => capture.keeperLost(),
  };
  const link: KeeperLink = new KeeperLink(pair.paths.keeperSocket, events, log);
  ends.push(() => link.close());
  const sealAt = { bytes: 20_000, commits: 1000 };
  const capture: DatabaseCapture = new DatabaseCapture(database, link, new LogScanner(), log, sealAt);
  const polling = setInterval(() => capture.poll(), 5);
  ends.push(() => clearInterval(polling));
  const state = () => expect.poll(() => capture.status().state, { timeout: 20_000, interval: 5 });
  await state().toBe("protected");

  const gate = Promise.withResolvers<void>();
  let waiting = 0;
  ends.push(
    useDisk({
      fsync: async (fd) => {
        waiting++;
        await gate.promise;
        return realDisk.fsync(fd);
      },
    }),
  );
  await session.many("insert into t values (?, randomblob(2000))", 21, 60);
  await expect.poll(() => waiting, { timeout: 20_000 }).toBeGreaterThan(0);
  keeper.kill("SIGKILL");
  for (const from of [100, 200]) {
    await session.sql("pragma wal_checkpoint(truncate)");
    await session.many("insert into t values (?, randomblob(2000))", from, from + 9);
  }
  await state().toBe("starting");
  gate.resolve();
  pair.startKeeper();
  await state().toBe("protected");
  await capture.close();
});
