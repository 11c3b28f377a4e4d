import { LastgoodError } from "../../lib/domain/errors.ts";
import { openHistory } from "../../lib/engines/sqlite/history/open-history.ts";
import { pruneHistory } from "../../lib/engines/sqlite/prune/prune-history.ts";
import { quietRun } from "../world/sqlite-world.ts";
import { pickBookmark } from "./ask-questions.ts";
import type { Known } from "./bookmark-list.ts";
import { checkIntegrity } from "./compare-states.ts";
import { type Action, CONNECTIONS } from "./make-action.ts";
import { require } from "./mismatch.ts";
import type { World } from "./world.ts";
import type { Transaction } from "./writer-messages.ts";

const DAY_MS = 86_400_000;
const SETTINGS = { cachePages: 100, autoCheckpoint: 1000, synchronous: "NORMAL" } as const;

/** Drops what is older than some bookmark, in a life that may end on the way. */
export async function prune(world: World, { share, diesAfter }: Extract<Action, { do: "prune" }>): Promise<boolean> {
  world.seeBookmarks();
  const keep = pickBookmark(world, { share, near: "any" });
  const inForce = world.bookmarks.atOrBefore(keep.timeMs, world.history.oldest().txid) ?? keep;
  const life = world.newLife();
  if (diesAfter !== null) life.dieAfter(diesAfter);
  try {
    life.run(() => {
      const history = openHistory(world.historyDirectory);
      pruneHistory(history, keep.timeMs, () => undefined);
      history.close();
    });
    world.counts.prunes++;
  } catch (error) {
    if (!life.dead) throw error;
    world.counts.prunesDied++;
  } finally {
    await life.bury();
  }
  world.history.refresh();
  const oldest = world.history.oldest().txid;
  require(oldest <= inForce.txid, () => `pruning kept ${oldest} and later; ${inForce.txid} was to stay`);
  world.bookmarks.note(oldest);
  return true;
}

/** Brings the database back to a bookmark while writers may go on, and perhaps takes that back again. */
export async function restore(world: World, action: Extract<Action, { do: "restore" }>): Promise<boolean> {
  if (!world.reader || world.rig.keepers.count === 0 || !(await world.flush())) return false;
  await world.endHeld("write");
  const target = pickBookmark(world, action.pick);
  const oldest = world.bookmarks.atOrBefore(
    world.time.nowMs - world.shape.windowDays * DAY_MS,
    world.history.oldest().txid,
  );
  if (target.txid < (oldest?.txid ?? 1)) return false;
  // The backup way would copy the whole gigabyte.
  const way = world.shape.atLockByte ? "append" : action.way;
  const commit = await restoreTo(world, target, way, action.meanwhile);
  world.counts.restores++;
  if (!commit || !action.undo || !world.reader) return true;
  const before = world.bookmarks.at(commit.txid - 1);
  const undone = await restoreTo(world, before, way, []);
  require(undone || world.oracle.pages.differs(commit.state, before.state) === null, () => "an undo changed nothing");
  world.counts.undos++;
  return true;
}

let restores = 0;

async function restoreTo(
  world: World,
  target: Known,
  way: "append" | "backup",
  meanwhile: Transaction[],
): Promise<Known | null> {
  const { reader, rig, db } = world;
  if (!reader) return null;
  let isOver = false;
  const id = `${db.id}-${++restores}`;
  const restored = rig.engine.restore({ ...db, restoreWay: way }, id, target.bookmark, quietRun()).finally(() => {
    isOver = true;
  });
  restored.catch(() => undefined);
  const writing = async () => {
    for (const [i, transaction] of meanwhile.entries()) {
      if (isOver) return;
      const on = CONNECTIONS[i % CONNECTIONS.length] ?? "a0";
      if (world.open.get(on)) continue;
      await world.ask({ ask: "run", on, transactions: [transaction] }, SETTINGS);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  };
  const writes = writing();
  try {
    const result = await reader.drive(restored, "none");
    await writes;
    await world.flush();
    if (result.restoreBookmark === null) return null;
    const commit = world.bookmarks.all.findLast(({ bookmark }) => bookmark === result.restoreBookmark);
    require(commit, () => `the restore's bookmark ${result.restoreBookmark} is in no list`);
    require(result.reached.bookmark === target.bookmark, () => "a restore reached another bookmark");
    require(result.previous.bookmark === world.bookmarks.at(commit.txid - 1).bookmark, () =>
      "the previous bookmark is another one");
    const page = world.oracle.pages.differs(commit.state, target.state);
    require(page === null, () =>
      `a restore (${way}) to ${target.txid} gave state ${commit.state}, which differs at page ${page}`);
    world.bookmarks.note(commit.txid);
    await checkIntegrity(world);
    return commit;
  } catch (error) {
    await writes;
    await world.buryDead();
    if (!world.reader || (error instanceof LastgoodError && error.code === "restore_conflict")) return null;
    throw error;
  }
}
