import { LastgoodError } from "../../lib/domain/errors.ts";
import type { Known } from "./bookmark-list.ts";
import type { Action, Pick } from "./make-action.ts";
import { require } from "./mismatch.ts";
import type { World } from "./world.ts";

const DAY_MS = 86_400_000;
const MOST_ANSWERS = 400;
const MOST_TRIES = 4;

type Answer = { txid: number } | { refused: string };

/** One of the bookmarks that can still be asked for. */
export function pickBookmark(world: World, { share, near }: Pick): Known {
  const { bookmarks } = world;
  const oldest = world.history.oldest().txid;
  const newest = bookmarks.newest.txid;
  if (near === "newest") return bookmarks.at(Math.max(oldest, newest - Math.floor(share * 6)));
  const noted = bookmarks.noted.filter((txid) => txid >= oldest && txid <= newest);
  const chosen = noted[Math.floor(share * noted.length)];
  if (near === "noted" && chosen !== undefined) return bookmarks.at(chosen);
  return bookmarks.at(oldest + Math.floor(share * (newest - oldest + 1)));
}

export async function askTime(world: World, { pick, offsetMs }: Extract<Action, { do: "ask-time" }>): Promise<boolean> {
  const atMs =
    pick.near === "newest" && pick.share < 0.5
      ? world.time.nowMs + Math.min(offsetMs, 5)
      : pickBookmark(world, pick).timeMs + offsetMs;
  await ask(world, atMs);
  world.counts.timesAsked++;
  return true;
}

/** A time that was answered before. */
export async function askAgain(world: World, { share }: Extract<Action, { do: "ask-again" }>): Promise<boolean> {
  const atMs = [...world.answers.keys()][Math.floor(share * world.answers.size)];
  if (atMs === undefined) return false;
  await ask(world, atMs);
  world.counts.timesAskedAgain++;
  return true;
}

export async function askAllAgain(world: World): Promise<void> {
  for (const atMs of world.answers.keys()) await ask(world, atMs);
  world.counts.timesAskedAgain += world.answers.size;
}

async function ask(world: World, atMs: number): Promise<void> {
  world.seeBookmarks();
  const watermarkMs = world.history.watermarkMs();
  const wasProtected = world.isProtected;
  let answer = await answerOf(world, atMs);
  // While keepers come back the log may be between two states for longer than a question waits: then it is asked again.
  for (let tries = 1; tries < MOST_TRIES && "refused" in answer && atMs > watermarkMs; tries++) {
    if (answer.refused !== "moment_outside_window") break;
    answer = await answerOf(world, atMs);
  }
  world.seeBookmarks();
  const { bookmarks, answers } = world;
  if ("txid" in answer) {
    const earlier = answers.get(atMs);
    require(earlier === undefined || earlier === answer.txid, () =>
      `${atMs} was bookmark ${earlier} and is now ${answer.txid}`);
  }
  const wanted = expectation(world, atMs);
  const isKnown = answers.has(atMs);
  const mayBeUnknown = !isKnown && (!wasProtected || !world.isProtected || world.rig.keepers.count === 0);
  if ("refused" in answer) {
    const isUnknown = mayBeUnknown && answer.refused === "moment_outside_window" && atMs > watermarkMs;
    const isRight = "refused" in wanted && wanted.refused === answer.refused;
    require(isUnknown || isRight, () => `${atMs} was refused (${answer.refused}); wanted ${JSON.stringify(wanted)}`);
    return;
  }
  require("txid" in wanted && wanted.txid === answer.txid, () =>
    `${atMs} is bookmark ${answer.txid}; wanted ${JSON.stringify(wanted)}`);
  require(bookmarks.at(answer.txid).timeMs <= atMs, () => `${atMs} was answered with a later bookmark`);
  answers.set(atMs, answer.txid);
  world.resolvedMs = Math.max(world.resolvedMs, atMs);
  if (answers.size > MOST_ANSWERS) forgetOne(answers);
}

/** One of the middle goes, so that the very old and the newest stay. */
function forgetOne(answers: Map<number, number>): void {
  let nth = 50;
  for (const atMs of answers.keys()) {
    if (nth-- > 0) continue;
    answers.delete(atMs);
    return;
  }
}

async function answerOf(world: World, atMs: number): Promise<Answer> {
  const asked = world.rig.engine.resolve(world.db, { timestampMs: atMs });
  const { reader } = world;
  try {
    const { txid } = await (reader ? reader.drive(asked, world.hurry) : asked);
    return { txid };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    return { refused: error.code };
  } finally {
    await world.buryDead();
  }
}

/** What a time must be answered with, from every bookmark that was ever seen. */
function expectation(world: World, atMs: number): Answer {
  const { bookmarks, history } = world;
  const { nowMs } = world.time;
  const oldestTxid = history.oldest().txid;
  const policyMs = nowMs - world.shape.windowDays * DAY_MS;
  const usable = bookmarks.atOrBefore(policyMs, oldestTxid) ?? bookmarks.at(oldestTxid);
  const fromMs = Math.max(usable.timeMs, policyMs);
  if (atMs > nowMs) return { refused: "moment_in_future" };
  if (atMs < fromMs) return { refused: "moment_outside_window" };
  for (const { gapFromMs, timeMs, txid } of bookmarks.all) {
    if (
      gapFromMs !== null &&
      txid > oldestTxid &&
      timeMs > fromMs &&
      atMs > Math.max(gapFromMs, fromMs) &&
      atMs < timeMs
    )
      return { refused: "moment_in_gap" };
  }
  const found = bookmarks.atOrBefore(atMs, oldestTxid);
  return found ? { txid: found.txid } : { refused: "moment_outside_window" };
}

/** The oldest commit that may be told: the one in force when the window begins. */
function oldestUsableTxid({ bookmarks, history, time, shape }: World): number {
  const oldestTxid = history.oldest().txid;
  return bookmarks.atOrBefore(time.nowMs - shape.windowDays * DAY_MS, oldestTxid)?.txid ?? oldestTxid;
}

export async function askBookmark(world: World, { share }: Extract<Action, { do: "ask-bookmark" }>): Promise<boolean> {
  const known = world.bookmarks.at(1 + Math.floor(share * world.bookmarks.all.length));
  const isInside = known.txid >= oldestUsableTxid(world);
  const answer = await world.rig.engine.resolve(world.db, { bookmark: known.bookmark }).then(
    ({ txid }): Answer => ({ txid }),
    (error: unknown): Answer => {
      if (error instanceof LastgoodError) return { refused: error.code };
      throw error;
    },
  );
  const isRight = isInside
    ? "txid" in answer && answer.txid === known.txid
    : "refused" in answer && answer.refused === "moment_outside_window";
  require(isRight, () => `bookmark ${known.txid} (inside: ${isInside}) was answered with ${JSON.stringify(answer)}`);
  return true;
}

export async function askList(
  world: World,
  { share, before, after }: Extract<Action, { do: "list" }>,
): Promise<boolean> {
  world.seeBookmarks();
  const around = pickBookmark(world, { share, near: "any" });
  const knownBefore = world.bookmarks.newest.txid;
  const list = await world.rig.engine.commits(world.db, { timeMs: around.timeMs, before, after });
  world.seeBookmarks();
  const got = list.map(({ bookmark }) => bookmark).join();
  const oldestTxid = oldestUsableTxid(world);
  // A keeper may have had more captured meanwhile: the list is right as of one moment since it was asked for.
  const isRight = (newest: number) => {
    const found = world.bookmarks.atOrBefore(around.timeMs, oldestTxid)?.txid ?? oldestTxid - 1;
    const at = Math.min(found, newest);
    const first = Math.max(oldestTxid, at - before + 1);
    const wanted = world.bookmarks.all.slice(first - 1, Math.max(first - 1, Math.min(newest, at + after)));
    return got === wanted.map(({ bookmark }) => bookmark).join();
  };
  const moments = Array.from({ length: world.bookmarks.newest.txid - knownBefore + 1 }, (_, i) => knownBefore + i);
  require(moments.some(isRight), () => `the list of ${before} and ${after} around ${around.txid} has ${list.length}`);
  return true;
}

export async function askDensity(world: World, { buckets }: Extract<Action, { do: "density" }>): Promise<boolean> {
  world.seeBookmarks();
  const oldestTxid = oldestUsableTxid(world);
  const fromMs = world.bookmarks.at(oldestTxid).timeMs;
  const toMs = world.bookmarks.newest.timeMs + 1;
  const newestTxid = world.bookmarks.newest.txid;
  const bars = await world.rig.engine.density(world.db, { fromMs, toMs, buckets });
  const counted = bars.reduce((sum, { commits }) => sum + commits, 0);
  world.seeBookmarks();
  const wanted = newestTxid - oldestTxid + 1;
  const isRight = counted >= wanted && counted <= wanted + world.bookmarks.newest.txid - newestTxid;
  require(isRight, () => `the density counts ${counted} commits of ${wanted}`);
  return true;
}

export async function askWindow(world: World): Promise<boolean> {
  world.seeBookmarks();
  const knownBefore = world.bookmarks.newest.txid;
  const asked = world.rig.engine.window(world.db);
  const window = await (world.reader ? world.reader.drive(asked, world.hurry) : asked);
  await world.buryDead();
  world.seeBookmarks();
  const { bookmarks } = world;
  // A keeper may have had something captured meanwhile.
  const isNewest = bookmarks.all.slice(knownBefore - 1).some(({ bookmark }) => bookmark === window.newest?.bookmark);
  require(isNewest, () => "the window does not end with the newest bookmark");
  const oldestTxid = world.history.oldest().txid;
  const usable = bookmarks.atOrBefore(world.time.nowMs - world.shape.windowDays * DAY_MS, oldestTxid);
  const first = usable ?? bookmarks.at(oldestTxid);
  require(window.oldest?.bookmark === first.bookmark, () => `the window does not begin with bookmark ${first.txid}`);
  const gaps = bookmarks.all.filter(({ gapFromMs, txid, timeMs }) => {
    return (
      gapFromMs !== null &&
      txid > oldestTxid &&
      timeMs > Math.max(first.timeMs, world.time.nowMs - world.shape.windowDays * DAY_MS)
    );
  });
  require(window.gaps.length === gaps.length, () => `the window shows ${window.gaps.length} gaps of ${gaps.length}`);
  return true;
}
