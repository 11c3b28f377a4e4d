import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { KILL_POINTS, partOf } from "./kill-points.ts";

type Counts = {
  /** By point. */
  kills: Record<string, number>;
  /** Kills in the middle of a write. */
  torn: number;
  lost: string[];
  halfway: string[];
  seconds: number;
};

/** What all runs so far have met; kept in a file so that further runs go on from there. */
export class KillTally {
  readonly counts: Counts;
  readonly #file: string | null;

  constructor(file: string | null) {
    this.#file = file;
    this.counts = { kills: {}, torn: 0, lost: [], halfway: [], seconds: 0 };
    if (file !== null && existsSync(file)) Object.assign(this.counts, JSON.parse(readFileSync(file, "utf8")));
  }

  /** @param death what a process left behind: the point, and `torn` */
  add(death: string): void {
    const [point = "", isTorn] = death.split(" ");
    this.counts.kills[point] = this.killsAt(point) + 1;
    this.counts.torn += isTorn ? 1 : 0;
  }

  killsAt(point: string): number {
    return this.counts.kills[point] ?? 0;
  }

  save(): void {
    if (this.#file === null) return;
    writeFileSync(`${this.#file}.new`, JSON.stringify(this.counts, null, 1));
    renameSync(`${this.#file}.new`, this.#file);
  }

  /** In numbers, over all runs. */
  summary(): {
    kills: number;
    lost: number;
    halfway: number;
    torn: number;
    points: number;
    parts: Record<string, number>;
    seconds: number;
  } {
    const { kills, torn, lost, halfway, seconds } = this.counts;
    const parts: Record<string, number> = {};
    for (const [point, count] of Object.entries(kills)) parts[partOf(point)] = (parts[partOf(point)] ?? 0) + count;
    const points = Object.keys(KILL_POINTS).filter((point) => this.killsAt(point) > 0).length;
    const all = Object.values(kills).reduce((sum, count) => sum + count, 0);
    return {
      kills: all,
      lost: lost.length,
      halfway: halfway.length,
      torn,
      points,
      parts,
      seconds: Math.round(seconds),
    };
  }
}
