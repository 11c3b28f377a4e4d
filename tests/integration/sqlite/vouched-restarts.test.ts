import { closeSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { KeeperWords, type Word } from "../../../lib/engines/sqlite/reader/keeper-words.ts";
import { FollowerWorld } from "./rules/follower-world.ts";

const KEEPER = "the-keeper";
let folder: string;
let world: FollowerWorld;

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), "vouched-"));
  world = await FollowerWorld.start(folder);
});
afterEach(async () => {
  vi.restoreAllMocks();
  await world.end();
  rmSync(folder, { recursive: true, force: true });
});

/** A window at the log's end, behind which the log goes on, so that nothing but a keeper's word can vouch for its restart. */
async function openWindowAndRestart(): Promise<void> {
  await world.follower.catchUp(true);
  await world.follower.openWindow(KEEPER);
  await world.commit(3);
  await world.restartLog();
  await world.commit();
}

function wordOf(...answers: (boolean | null)[]): Word {
  return { database: "one", keeper: KEEPER, heirOf: [], restarted: null, isAlive: async () => answers.shift() ?? null };
}

/** While it runs the two copies of the index's header differ, as while a writer is changing them. */
async function withTornIndex(run: () => Promise<void>): Promise<void> {
  const index = openSync(`${world.file}-shm`, "r+");
  const copy = Buffer.alloc(48);
  try {
    readSync(index, copy, 0, 48, 48);
    writeSync(index, Buffer.alloc(48, 0xff), 0, 48, 48);
    await run();
    writeSync(index, copy, 0, 48, 48);
  } finally {
    closeSync(index);
  }
}

describe("a keeper's word on a restarted log", () => {
  test("is waited for as long behind a heal as behind a start", async () => {
    // Another log that nobody vouches for: what a heal is for.
    await openWindowAndRestart();
    world.follower.settleWindow(null);
    expect(world.follower.judge(true)).toBe("gap");
    const header = world.files.readIndexHeader();
    if (!header) throw new Error("nobody changes the index now");
    world.follower.moveTo({ ...header, frame: header.frames });

    await openWindowAndRestart();
    const realNow = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => realNow() + 60_000);
    expect(world.follower.judge(true)).toBe("wait");
  });

  test("stands while the keeper cannot answer", async () => {
    await openWindowAndRestart();
    const words = new KeeperWords();
    words.add(wordOf(null, true));
    await words.apply(world.follower);
    expect(world.follower.judge(true)).toBe("wait");
    await words.apply(world.follower);
    expect(world.follower.judge(true)).toBe("accepted");
  });

  test("of a dead keeper decides nothing", async () => {
    await openWindowAndRestart();
    const words = new KeeperWords();
    words.add(wordOf(false));
    await words.apply(world.follower);
    expect(world.follower.judge(true)).toBe("wait");
    expect(world.follower.judge(false)).toBe("gap");
  });

  test("stands while the log's index is being changed", async () => {
    await openWindowAndRestart();
    const words = new KeeperWords();
    words.add(wordOf(true, true));
    await withTornIndex(() => words.apply(world.follower));
    expect(world.follower.judge(true)).toBe("wait");
    await words.apply(world.follower);
    expect(world.follower.judge(true)).toBe("accepted");
  });
});
