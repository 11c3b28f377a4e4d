import { copyFileSync, existsSync, readFileSync, rmSync, statSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import path from "node:path";
import { LastgoodError } from "../../../domain/errors.ts";
import { COMPRESSED, digestOf, sumOf } from "../history/archive-segment.ts";
import type { IncarnationIndex } from "../history/incarnation-index.ts";
import { indexFiles, readIfThere } from "../history/index-files.ts";
import { decodeArchived } from "../history/segment-summary.ts";
import { isTimelineFile, parseSegmentName } from "../history/wal-files.ts";
import type { WalSource } from "../recovery/recovery-plan.ts";
import type { Branch, BranchMember } from "./branch.ts";

/** Two places change under our eyes: what is received is archived, what is partial becomes whole. So it is looked for twice. */
const LOOKS = 2;

export type BranchLogOptions = {
  branch: Branch;
  segmentBytes: number;
  /** Of the plan: no younger timeline is anything of this branch. */
  timeline: number;
  /** Told of each file that is not what was received. */
  found(damaged: string): void;
};

/** The received log of one branch, newest incarnation first, and of each only what counts on it. */
export class BranchLog implements WalSource {
  readonly #options: BranchLogOptions;

  constructor(options: BranchLogOptions) {
    this.#options = options;
  }

  async fetch(name: string, target: string): Promise<boolean> {
    const { branch, segmentBytes, timeline } = this.#options;
    if (isTimelineFile(name)) return this.#fetchTimeline(name, target);
    const parsed = name.length === 24 ? parseSegmentName(name, segmentBytes) : null;
    if (!parsed || parsed.timeline > timeline) return false;
    const endLsn = (parsed.segment + 1) * segmentBytes;
    for (const member of branch.members) {
      // Of a parent only what lies before the fork as a whole: the segment with the fork is its child's, which has all of it.
      if (endLsn > member.uptoLsn) continue;
      for (let look = 0; look < LOOKS; look++) {
        if (await this.#fetchSegment(member, name, target)) return true;
      }
    }
    return false;
  }

  async #fetchSegment({ folders, index }: BranchMember, name: string, target: string): Promise<boolean> {
    for (const received of [path.join(folders.wal, name), path.join(folders.wal, `${name}.partial`)]) {
      if (received.endsWith(".partial") && (await this.#fetchArchived(folders, name, target))) return true;
      try {
        await copyFile(received, target);
        const isWhole = statSync(target).size === this.#options.segmentBytes;
        if (isWhole && (await this.#isAsVerified(index, name, target))) return true;
        rmSync(target);
        if (!isWhole) continue;
        this.#options.found(received);
        // What was archived of it already was so before it was damaged.
        if (await this.#fetchArchived(folders, name, target)) return true;
        throw isDamaged(received, null);
      } catch (error) {
        if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
      }
    }
    return false;
  }

  /** What is not in the index yet is verified by the server that replays it, record by record. */
  async #isAsVerified(index: IncarnationIndex, name: string, target: string): Promise<boolean> {
    const wanted = parseSegmentName(name, this.#options.segmentBytes);
    const known = index.segments.findLast(
      ({ timeline, segment }) => timeline === wanted?.timeline && segment === wanted.segment,
    );
    return !known?.sum || (await sumOf(target, known.sum.bytes)) === known.sum.crc;
  }

  async #fetchArchived(folders: BranchMember["folders"], name: string, target: string): Promise<boolean> {
    const file = path.join(folders.archive, `${name}${COMPRESSED}`);
    if (!existsSync(file)) return false;
    const wanted = parseSegmentName(name, this.#options.segmentBytes);
    const known = decodeArchived(readIfThere(indexFiles(folders.index).archive)).findLast(
      ({ timeline, segment }) => timeline === wanted?.timeline && segment === wanted.segment,
    );
    // Not written down yet: it is still where it was received, or was a moment ago.
    if (!known) return false;
    try {
      const { sha256 } = await digestOf(file, target);
      if (sha256.equals(known.sha256)) return true;
    } catch (error) {
      rmSync(target, { force: true });
      this.#options.found(file);
      throw isDamaged(file, error);
    }
    rmSync(target, { force: true });
    this.#options.found(file);
    throw isDamaged(file, null);
  }

  /** Whose timeline it is: an incarnation of this branch began with it, or went on to it. */
  #fetchTimeline(name: string, target: string): boolean {
    const { branch, timeline } = this.#options;
    if (Number.parseInt(name.slice(0, 8), 16) > timeline) return false;
    for (const { folders } of branch.members) {
      const file = path.join(folders.wal, name);
      if (!existsSync(file)) continue;
      if (!/^\d+\t/m.test(readFileSync(file, "utf8"))) throw isDamaged(file, null);
      copyFileSync(file, target);
      return true;
    }
    return false;
  }
}

function isDamaged(file: string, cause: unknown): LastgoodError {
  return new LastgoodError(
    "history_damaged",
    `The segment ${path.basename(file)} is not what was received.`,
    { hint: `Restore ${file} from a copy of the history, or choose a moment that does not need it.` },
    { cause },
  );
}
