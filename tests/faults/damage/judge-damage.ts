import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { contentAt } from "../../../lib/engines/sqlite/restore/content-at.ts";
import { materialiseEitherWay } from "../../../lib/engines/sqlite/restore/materialise-either-way.ts";
import type { HistoryReport } from "../../../lib/engines/sqlite/verify/history-report.ts";
import { inspectHistory } from "../../../lib/engines/sqlite/verify/inspect-history.ts";
import type { RecordedHistory } from "./recorded-history.ts";

/** What a restore came to: the exact state, a refusal that names damage, or something that must never happen. */
export type Outcome = "exact" | "refused" | "wrong" | "unexplained";

/** What verification said of a damaged history, and what restores from it came to. */
export type Verdict = {
  isNamed: boolean;
  report: HistoryReport;
  outcomes: { txid: number; outcome: Outcome; isPromised: boolean; detail: string }[];
};

/** Verifies a damaged history and restores some of its states, as a whole and page by page. */
export async function judgeDamage(
  recorded: RecordedHistory,
  damagedFiles: readonly string[],
  txids: readonly number[],
): Promise<Verdict> {
  const report = await inspectHistory(recorded.directory, undefined, 1);
  const named = new Set(report.damage.map(({ file }) => file));
  // A file that is gone is told by its neighbour: its own name may not be known any more.
  const isGone = damagedFiles.some((file) => !existsSync(path.join(recorded.directory, file)));
  const isNamed = damagedFiles.some((file) => named.has(file)) || (isGone && named.size > 0);
  const outcomes: Verdict["outcomes"] = [];
  for (const txid of txids) {
    const range = report.restorable.find(({ from, to }) => txid >= from.txid && txid <= to.txid);
    for (const restore of [asWhole, pageByPage]) {
      // Which pages to append is only told by the commits since; without them the whole state is copied back.
      const isPromised = range !== undefined && (restore === asWhole || range.way !== "forwards");
      outcomes.push({ txid, isPromised, ...(await outcomeOf(recorded, txid, restore)) });
    }
  }
  return { isNamed, report, outcomes };
}

type Restore = (history: History, txid: number, recorded: RecordedHistory) => Promise<Buffer | null>;

async function outcomeOf(recorded: RecordedHistory, txid: number, restore: Restore) {
  let history: History | null = null;
  try {
    history = openHistory(recorded.directory);
    const commit = history.byTxid(txid);
    if (!commit) return { outcome: "refused" as const, detail: "the commit is not named" };
    const state = await restore(history, txid, recorded);
    if (!state) return { outcome: "refused" as const, detail: "not asked" };
    const isRight = state.equals(recorded.states.get(txid) as Buffer);
    return { outcome: isRight ? ("exact" as const) : ("wrong" as const), detail: restore.name };
  } catch (error) {
    const isDamage = error instanceof LastgoodError && error.code === "history_damaged";
    const detail = `${restore.name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
    return { outcome: isDamage ? ("refused" as const) : ("unexplained" as const), detail };
  } finally {
    history?.close();
  }
}

/** What the backup way and the command line do. */
async function asWhole(history: History, txid: number): Promise<Buffer> {
  const file = path.join(history.directory, "..", `${path.basename(history.directory)}.state`);
  try {
    await materialiseEitherWay(history, txid, file);
    return readFileSync(file);
  } finally {
    rmSync(file, { force: true });
  }
}

/** What the append way does: only the pages touched since, laid over the newest state. */
async function pageByPage(history: History, txid: number, recorded: RecordedHistory): Promise<Buffer | null> {
  const workspaceFile = path.join(history.directory, "..", `${path.basename(history.directory)}.pages`);
  const live = recorded.states.get(Math.max(...recorded.states.keys())) as Buffer;
  const newestTxid = history.newest().txid;
  // A history that lost its end is first brought to the live state by capture: nothing is appended from it as it is.
  if (!recorded.states.get(newestTxid)?.equals(live)) return null;
  const contents = await contentAt(history, { toTxid: txid, sinceTxid: txid, skip: new Set(), workspaceFile });
  try {
    const state = Buffer.alloc(contents.sizePages * recorded.pageSize);
    live.copy(state);
    for (const page of contents.workspace.pages()) {
      contents.workspace.get(page)?.copy(state, (page - 1) * recorded.pageSize);
    }
    return state;
  } finally {
    contents.workspace.close();
  }
}
