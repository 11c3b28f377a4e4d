import { setTimeout as sleep } from "node:timers/promises";
import { assert } from "../../../domain/assert.ts";
import type { HistoryView } from "../history/records.ts";
import { requireCommit } from "../history/require-commit.ts";
import { BackwardWalk } from "./backward-walk.ts";
import { forwardFromBase } from "./forward-from-base.ts";
import { PageWorkspace } from "./page-workspace.ts";

export type ContentRequest = {
  /** The state wanted: pages are computed as they were right after this commit. */
  toTxid: number;
  /** Pages touched after this commit are wanted; at least `toTxid`. Of `toTxid` and it nothing else may have touched them. */
  sinceTxid: number;
  /** Pages that are not wanted. */
  skip: { has(page: number): boolean };
  workspaceFile: string;
  signal?: AbortSignal;
  report?: (done: number, total: number) => void;
};

export type Contents = {
  /** The newest commit that was taken into account. */
  throughTxid: number;
  /** Pages of the database at `toTxid`. */
  sizePages: number;
  /** Verified contents; to be closed. */
  workspace: PageWorkspace;
  /** CRC-32 of each of them. */
  crcs: ReadonlyMap<number, number>;
  /** The highest schema cookie seen on page 1 on the way. */
  highestCookie: number;
};

const MEMORY_BYTES = 192 * 1024 * 1024;
/** How often a page of the mirror that no record names is read again: the reader may be writing it. */
const MIRROR_TRIES = 20;

/**
 * The content at `toTxid` of every page touched after `sinceTxid`, each checked against the CRC-32 that the history names for
 * it then. Taken backwards from the mirror; pages that the mirror does not hold whole are taken forwards from the
 * base image. In memory are at most 192 MiB of pages and one block of the history. Throws `history_damaged` when
 * neither end yields a page.
 */
export async function contentAt(history: HistoryView, request: ContentRequest): Promise<Contents> {
  history.refresh();
  const target = requireCommit(history, request.toTxid);
  assert(request.sinceTxid >= request.toTxid, "content is taken backwards from a later commit");
  const { sizeAfter: sizePages } = target;
  const workspace = new PageWorkspace(request.workspaceFile, history.pageSize, MEMORY_BYTES);
  try {
    const walk = new BackwardWalk(history, request, sizePages, workspace);
    let throughTxid = walk.go();
    for (let tries = 0; walk.lost.size > 0; tries++) {
      if (tries === MIRROR_TRIES) {
        forwardFromBase(history, { ...request, pages: walk.lost, wantedCrcs: walk.wantedCrcs }, workspace);
        break;
      }
      // What a first look lost may only have been behind, in the midst of commits that were stepped over at once.
      if (tries > 0) await sleep(5 * tries);
      request.signal?.throwIfAborted();
      history.refresh();
      throughTxid = walk.goAgain();
    }
    return { throughTxid, sizePages, workspace, crcs: walk.wantedCrcs, highestCookie: walk.highestCookie };
  } catch (error) {
    workspace.close();
    throw error;
  }
}
