import { rmSync } from "node:fs";
import path from "node:path";
import { contentAt } from "../../lib/engines/sqlite/restore/content-at.ts";
import { materialise } from "../../lib/engines/sqlite/restore/materialise.ts";
import { pickBookmark } from "./ask-questions.ts";
import type { Known } from "./bookmark-list.ts";
import type { Action } from "./make-action.ts";
import { require } from "./mismatch.ts";
import { hashPage } from "./page-hash.ts";
import { forEachPage, UNWRITTEN } from "./page-history.ts";
import type { World } from "./world.ts";

/** Has the engine compute the state of a bookmark, and compares every page of it. */
export async function compareState(world: World, action: Extract<Action, { do: "compare" }>): Promise<boolean> {
  world.seeBookmarks();
  const known = pickBookmark(world, action.pick);
  const oldest = world.history.oldest().txid;
  const isOld = known.txid - oldest < world.bookmarks.newest.txid - known.txid;
  const wantsForwards = action.way === "nearer" ? isOld : action.way === "forwards";
  // A gigabyte is taken forwards only at a world's end.
  const isForwards = action.way === "whole" || (wantsForwards && !world.shape.atLockByte);
  if (isForwards) compareForwards(world, known);
  else await compareBackwards(world, known);
  world.counts.bookmarksCompared++;
  world.counts.pagesCompared += world.oracle.pages.sizeAt(known.state);
  return true;
}

function compareForwards(world: World, known: Known): void {
  const file = path.join(world.rig.paths.temporary, "compared.db");
  try {
    materialise(world.history, known.txid, file);
    const problem = world.oracle.compare(known.state, hashesOf(file, world.shape.pageSize));
    require(problem === null, () => `bookmark ${known.txid} (state ${known.state}), taken forwards, ${problem}`);
  } finally {
    rmSync(file, { force: true });
  }
}

/** What a restore would write over the newest state must make it the state wanted. */
async function compareBackwards(world: World, known: Known): Promise<void> {
  const { oracle, history, bookmarks } = world;
  const { workspace, sizePages, throughTxid } = await contentAt(history, {
    toTxid: known.txid,
    sinceTxid: known.txid,
    skip: new Set(),
    workspaceFile: path.join(world.rig.paths.temporary, "compared.pages"),
  });
  try {
    world.seeBookmarks();
    const size = oracle.pages.sizeAt(known.state);
    const newest = bookmarks.at(throughTxid).state;
    require(sizePages === size, () => `bookmark ${known.txid} has ${sizePages} pages instead of ${size}`);
    for (let page = 1; page <= size; page++) {
      const wanted = oracle.pages.hashAt(page, known.state);
      if (wanted === UNWRITTEN) continue;
      const content = workspace.get(page);
      const got = content ? hashPage(page, content) : oracle.pages.hashAt(page, newest);
      require(got === wanted, () =>
        `bookmark ${known.txid} (state ${known.state}), taken backwards, has another page ${page} (computed: ${content !== null})`);
    }
  } finally {
    workspace.close();
  }
}

/** The newest state as stock SQLite reads it: a check of the oracle, and of what restores have left. */
export async function compareLive(world: World, check: boolean): Promise<boolean> {
  await world.endHeld("write");
  const state = world.oracle.catchUp();
  const { hashes = [] } = await world.rig.writers.b.ask({ ask: "image", file: world.file });
  require(world.oracle.catchUp() === state, () => "the database changed while nobody wrote");
  const problem = world.oracle.compare(state, hashes);
  require(problem === null, () => `the oracle is not what SQLite reads: ${problem}`);
  if (check) await checkIntegrity(world);
  return true;
}

export async function checkIntegrity(world: World): Promise<void> {
  for (const on of world.open.keys()) {
    if (world.open.get(on) !== null) continue;
    const settings = { cachePages: 100, autoCheckpoint: 1000, synchronous: "NORMAL" } as const;
    const problem = await world.ask({ ask: "check", on, file: world.file }, settings);
    require(problem === undefined, () => `integrity_check over ${on}: ${problem}`);
  }
}

function hashesOf(file: string, pageSize: number): string[] {
  const hashes: string[] = [];
  forEachPage(file, pageSize, (page, content) => hashes.push(hashPage(page, content)));
  return hashes;
}
