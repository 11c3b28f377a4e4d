import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { type KeptBase, listBases } from "../bases/base-record.ts";
import { COMPRESSED } from "../history/archive-segment.ts";
import { type ClusterHistory, incarnationFolders } from "../history/cluster-history.ts";
import type { IncarnationIndex } from "../history/incarnation-index.ts";
import { segmentName } from "../history/wal-files.ts";
import { position } from "./cluster-line.ts";

/** An incarnation as part of a branch: its log counts up to a position. */
export type BranchMember = {
  incarnation: number;
  /** Its own log is what counts from here on; what is older lies with the next member. */
  fromLsn: number;
  uptoLsn: number;
  folders: ReturnType<typeof incarnationFolders>;
  index: IncarnationIndex;
};

/** A base with its positions as numbers. */
export type BranchBase = { base: KeptBase; incarnation: number; startLsn: number; stopLsn: number };

/** What one incarnation's states can be made of: its own bases and log, and its parents' up to where it left them. */
export class Branch {
  /** The newest first. */
  readonly members: BranchMember[] = [];
  readonly #segmentBytes: number;
  readonly #damaged: ReadonlySet<string>;
  #bases: BranchBase[] | null = null;
  #breaks: number[] | null = null;

  /** @param damaged paths of segments that are known not to be what was received */
  constructor(
    history: ClusterHistory,
    directory: string,
    indexOf: (incarnation: number) => IncarnationIndex,
    incarnation: number,
    damaged: ReadonlySet<string>,
  ) {
    this.#segmentBytes = history.segmentBytes;
    this.#damaged = damaged;
    let uptoLsn = Number.POSITIVE_INFINITY;
    for (let next: number | null = incarnation; next !== null; ) {
      const number: number = next;
      const found = history.incarnations.find((one) => one.number === number);
      if (!found || this.members.some((member) => member.incarnation === number)) break;
      const fromLsn = found.parent ? position(found.parent.uptoLsn) : 0;
      const folders = incarnationFolders(directory, number);
      this.members.push({ incarnation: number, fromLsn, uptoLsn, folders, index: indexOf(number) });
      uptoLsn = Math.min(uptoLsn, fromLsn);
      next = found.parent?.incarnation ?? null;
    }
  }

  /** By the position where each is consistent, oldest first. */
  get bases(): BranchBase[] {
    this.#bases ??= this.members
      .flatMap((member) => basesOf(member).filter(({ stopLsn }) => stopLsn <= member.uptoLsn))
      .sort((a, b) => a.stopLsn - b.stopLsn);
    return this.#bases;
  }

  /** Those that the incarnation itself has, whichever branches they are good for. */
  get own(): BranchBase[] {
    const [member] = this.members;
    return member ? basesOf(member) : [];
  }

  /** Positions that no replay gets across, oldest first. */
  get breaks(): number[] {
    this.#breaks ??= this.members.flatMap((member) => this.#breaksOf(member)).sort((a, b) => a - b);
    return this.#breaks;
  }

  /** The first position at or after another one that no replay gets across. */
  firstBreak(lsn: number): number {
    return this.breaks.find((one) => one >= lsn) ?? Number.POSITIVE_INFINITY;
  }

  #breaksOf({ fromLsn, uptoLsn, folders, index }: BranchMember): number[] {
    const received = new Set(namesIn(folders.wal));
    const archived = new Set(namesIn(folders.archive));
    const found: number[] = [];
    for (const { timeline, segment, toLsn, brokenLsn } of index.segments) {
      if (toLsn <= fromLsn || segment * this.#segmentBytes >= uptoLsn) continue;
      if (brokenLsn >= 0 && brokenLsn < uptoLsn) found.push(brokenLsn);
      const name = segmentName({ timeline, segment }, this.#segmentBytes);
      const isWhole = (names: ReadonlySet<string>, folder: string, file: string) =>
        names.has(file) && !this.#damaged.has(path.join(folder, file));
      const isThere =
        isWhole(archived, folders.archive, `${name}${COMPRESSED}`) ||
        [name, `${name}.partial`].some((file) => isWhole(received, folders.wal, file));
      if (!isThere) {
        found.push(Math.max(segment * this.#segmentBytes, fromLsn));
      }
    }
    return found;
  }
}

function basesOf({ incarnation, folders }: BranchMember): BranchBase[] {
  return listBases(folders.bases).map((base) => ({
    base,
    incarnation,
    startLsn: position(base.startLsn),
    stopLsn: position(base.stopLsn),
  }));
}

const namesIn = (directory: string) => (existsSync(directory) ? readdirSync(directory) : []);
