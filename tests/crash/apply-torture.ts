import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { AppendStage } from "../../lib/engines/sqlite/apply/append-commit.ts";
import type { Applied, LockedState } from "../../lib/engines/sqlite/apply/apply-messages.ts";
import { PageSetWriter } from "../../lib/engines/sqlite/apply/page-set-file.ts";
import { ForeignProgram } from "../world/foreign-program.ts";
import { type KilledHow, runKilledApply } from "./run-killed-apply.ts";

export const STAGES: readonly AppendStage[] = [
  "mid frames",
  "after frames",
  "mid hash",
  "before header",
  "between headers",
  "after headers",
];

export type States = { model: string; first: string; second: string; fresh: string };
export type Copy = { file: string; digest: string };
/** `onlyChanged`: hands over no page that is as it should be; only where nobody else writes meanwhile. */
export type ApplyHow = KilledHow & { onlyChanged?: boolean };

const MAX_COPIES = 6;

/** Numbers that a seed decides, so that a failing run can be repeated. */
export class Chance {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  next(): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0;
    return this.#state / 2 ** 32;
  }

  below(limit: number): number {
    return Math.floor(this.next() * limit);
  }

  pick<T>(list: readonly T[]): T {
    const one = list[this.below(list.length)];
    if (one === undefined) throw new Error("nothing to pick from");
    return one;
  }

  seeds(count: number): number[] {
    return Array.from({ length: count }, () => this.below(2 ** 31));
  }
}

/** A ledger that foreign programs use, and restores of its earlier states that may be killed. */
export class ApplyTorture {
  readonly folder = mkdtempSync(path.join(tmpdir(), "apply-"));
  readonly live = path.join(this.folder, "live.db");
  readonly copies: Copy[] = [];
  readonly chance: Chance;
  readonly #oracle: ForeignProgram;
  #applies = 0;

  constructor(pageSize: number, seed: number) {
    this.chance = new Chance(seed);
    this.#oracle = new ForeignProgram("ledger_oracle.py", [this.live, String(pageSize)]);
  }

  async begin(): Promise<void> {
    await this.#oracle.next();
    await this.ask("change", { seeds: this.chance.seeds(4) });
  }

  async ask<T = object>(op: string, more: object = {}): Promise<T> {
    this.#oracle.say(JSON.stringify({ op, ...more }));
    const answer = await this.#oracle.next<T & { error?: string }>();
    if (answer.error !== undefined) throw new Error(`${op}: ${answer.error}`);
    return answer;
  }

  /** Keeps a copy of the present state, to go back to. */
  async keepCopy(): Promise<Copy> {
    const index = this.copies.length < MAX_COPIES ? this.copies.length : this.chance.below(MAX_COPIES);
    const file = path.join(this.folder, `copy${index}.db`);
    for (const end of ["", "-wal", "-shm"]) rmSync(file + end, { force: true });
    const { digest } = await this.ask<{ digest: string }>("copy", { file });
    this.copies[index] = { file, digest };
    return { file, digest };
  }

  /** Goes back to a copy. Null when the child died on the way. */
  async apply(copy: Copy, how: ApplyHow = {}): Promise<Applied | null> {
    const name = path.join(this.folder, `apply${++this.#applies}`);
    const { onlyChanged, ...killed } = how;
    const present = onlyChanged ? path.join(this.folder, "present.db") : null;
    if (present) await this.ask("copy", { file: present });
    const applied = await runKilledApply(
      this.live,
      name,
      (state) => writePages(copy.file, present, `${name}.pages`, state),
      killed,
    );
    for (const end of [".pages", ".intent"]) rmSync(name + end, { force: true });
    if (present) rmSync(present);
    return applied;
  }

  async end(): Promise<void> {
    await this.#oracle.end();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function writePages(copy: string, present: string | null, pagesFile: string, { pageSize }: LockedState) {
  const wanted = readFileSync(copy);
  const now = present === null ? null : readFileSync(present);
  const set = new PageSetWriter(pagesFile, pageSize);
  for (let at = 0; at < wanted.length; at += pageSize) {
    const content = wanted.subarray(at, at + pageSize);
    const isSame = now !== null && content.equals(now.subarray(at, at + pageSize));
    if (at === 0 || !isSame) set.add(at / pageSize + 1, content);
  }
  set.finish();
  return { pagesFile, sizeAfterPages: wanted.length / pageSize };
}
