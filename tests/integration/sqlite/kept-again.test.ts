import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Checkpointer } from "../../../lib/engines/sqlite/keeper/checkpointer.ts";
import { LOG_LIMIT } from "../../../lib/engines/sqlite/keeper/log-limit.ts";
import { PrimaryKeeper } from "../../../lib/engines/sqlite/keeper/primary-keeper.ts";
import { writeRegistry } from "../../../lib/engines/sqlite/registry.ts";

const WITHIN_MS = 5000;

let folder: string;
let checkpointer: Checkpointer;
let keeper: PrimaryKeeper;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "kept-again-"));
  checkpointer = new Checkpointer();
  const log = { info: () => undefined, warn: () => undefined };
  keeper = new PrimaryKeeper(new Map(), checkpointer, LOG_LIMIT, log);
});
afterEach(async () => {
  await keeper.close();
  await checkpointer.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the registry says from now on, heard at once, as an agent tells it. */
function register(...files: string[]): void {
  const databases = files.map((file) => ({
    id: "shop",
    path: file,
    historyDirectory: path.join(folder, "history"),
    origin: "hosted" as const,
    windowDays: 30,
  }));
  writeRegistry(path.join(folder, "capture.json"), { version: 1, databases });
  keeper.handlers.tells.registry({}, {} as never);
}

function makeDatabase(name: string): string {
  const file = path.join(folder, name);
  const maker = new DatabaseSync(file);
  maker.exec("PRAGMA journal_mode = WAL; CREATE TABLE t(x)");
  maker.close();
  return file;
}

/** Whether anybody's hold keeps a log from being emptied: then a checkpoint that wants to answers 1. */
function isHeld(file: string): boolean {
  const program = new DatabaseSync(file);
  try {
    program.exec("INSERT INTO t VALUES (1)");
    return program.prepare("PRAGMA wal_checkpoint(TRUNCATE)").get()?.busy === 1;
  } finally {
    program.close();
  }
}

/** Waits until the keeper says so, and looks whether it is true. */
async function untilHeld(file: string): Promise<boolean> {
  const isPinned = () => keeper.handlers.asks.status({ databases: ["shop"] }, {} as never);
  for (const endMs = performance.now() + WITHIN_MS; performance.now() < endMs; await sleep(20)) {
    const { databases } = await isPinned();
    if (databases[0]?.pinned && isHeld(file)) return true;
  }
  return false;
}

it("a database that comes back while its log is still being let go is held again", async () => {
  const file = makeDatabase("shop.db");
  register(file);
  keeper.begin(path.join(folder, "capture.json"));
  expect(await untilHeld(file)).toBe(true);
  register();
  register(file);
  expect(await untilHeld(file)).toBe(true);
});

it("a database whose path is another one from one moment to the next is held there, and no longer at the old one", async () => {
  const [before, after] = [makeDatabase("before.db"), makeDatabase("after.db")];
  register(before);
  keeper.begin(path.join(folder, "capture.json"));
  expect(await untilHeld(before)).toBe(true);
  register(after);
  expect(await untilHeld(after)).toBe(true);
  expect(isHeld(before)).toBe(false);
});
