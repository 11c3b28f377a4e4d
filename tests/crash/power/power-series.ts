import { cpSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Verdict } from "./judge-history.ts";
import { type Dice, type Plan, planRound, rollDice } from "./plan-round.ts";
import type { DatabaseKind } from "./power-database.ts";
import { play, type Started, startAndJudge } from "./power-round.ts";
import type { PowerTally } from "./power-tally.ts";
import { type Control, type Layout, PowerWorld } from "./power-world.ts";

/** How many cuts were made, and what was wrong after them. */
export type SeriesResult = { cuts: number; problems: string[] };

/** Before the first cut. */
const RUNNING: Started = { verdicts: [], isOver: false };
const KINDS: readonly DatabaseKind[] = ["FULL", "NORMAL", "hosted"];

/**
 * Several rounds of one world: its histories live through many cuts. Counts into `total`; ends with the first problem, and
 * then keeps the files as they are, but for a control.
 */
export class PowerSeries {
  readonly #seed: number;
  readonly #control: Control;
  readonly #total: PowerTally;
  readonly #dice: Dice;
  readonly #layout: Layout;

  constructor(seed: number, control: Control, total: PowerTally) {
    this.#seed = seed;
    this.#control = control;
    this.#total = total;
    this.#dice = rollDice(seed);
    const layout = this.#dice.below(5) < 3 ? "one" : "two";
    // Any fsync on a disk makes all its names durable too: so nobody's database is on it.
    this.#layout = control === "directory sync" ? "two" : layout;
  }

  async run(rounds: number, deadlineMs: number): Promise<SeriesResult> {
    const world = new PowerWorld(this.#layout, String(this.#seed), this.#control);
    const clean = () => world.removeNow();
    process.once("exit", clean);
    try {
      for (const kind of this.#control === "directory sync" ? KINDS.slice(0, 1) : KINDS) {
        await world.addDatabase(kind, kind);
      }
      await world.protectAll();
      const result = await this.#rounds(world, rounds, deadlineMs);
      if (result.problems.length > 0 && this.#control === null) this.#keepEvidence(world, result.problems);
      return result;
    } finally {
      process.removeListener("exit", clean);
      await world.remove();
    }
  }

  async #rounds(world: PowerWorld, rounds: number, deadlineMs: number): Promise<SeriesResult> {
    let said = "";
    for (let cuts = 0; ; cuts++) {
      const isLast = cuts === rounds || performance.now() > deadlineMs;
      const plan = isLast ? null : this.#plan();
      const startedMs = performance.now();
      const { verdicts, isOver } = cuts === 0 ? RUNNING : await startAndJudge(world, plan);
      const problems = this.#add(world, verdicts).map((what) => `${said}: ${what}`);
      if (problems.length > 0 || !plan) return { cuts, problems };
      const judgedMs = performance.now();
      const place = isOver ? null : await play(world, plan, this.#dice);
      const failures = world.databases.flatMap(({ heard }) => heard.failures);
      said = `seed ${this.#seed} cut ${cuts + 1}: ${[this.#layout, plan.scene, place ?? "any moment", plan.cutOf, plan.order].join(", ")}`;
      if (failures.length > 0) return { cuts, problems: failures.map((failure) => `${said}: before it: ${failure}`) };
      const playedMs = performance.now();
      await world.cut(plan.cutOf, plan.order);
      this.#count(plan.scene, place);
      const spans = [judgedMs - startedMs, playedMs - judgedMs, performance.now() - playedMs];
      process.stderr.write(`${said}; ${spans.map((ms) => (ms / 1000).toFixed(1)).join(" + ")} s\n`);
    }
  }

  #plan(): Plan {
    const plan = planRound(this.#dice, this.#layout);
    if (this.#control === null) return plan;
    const scene = this.#control === "directory sync" ? "register" : "writes";
    const cutOf = this.#layout === "one" ? "both" : "history";
    return { ...plan, scene, writersFirst: false, stop: null, cutOf, afterMs: scene === "register" ? 0 : 300 };
  }

  #add(world: PowerWorld, verdicts: readonly Verdict[]): string[] {
    const total = this.#total;
    for (const verdict of verdicts) {
      total.lost += verdict.lost.length;
      total.halfway += verdict.halfway.length;
      total.gaps += verdict.gaps;
      total.gapsOf[verdict.kind] += verdict.gaps;
      total.takenBySqlite += verdict.taken;
      total.compared += verdict.compared;
    }
    for (const { heard } of world.databases) {
      const { acknowledged, told } = heard.takeCounts();
      total.acknowledged += acknowledged;
      total.toldDurable += told;
    }
    return verdicts.flatMap(({ lost, halfway }) => [...lost, ...halfway]);
  }

  #count(scene: string, place: string | null): void {
    const { scenes, places } = this.#total;
    this.#total.cuts++;
    scenes[scene] = (scenes[scene] ?? 0) + 1;
    const name = place ?? "any moment";
    places[name] = (places[name] ?? 0) + 1;
  }

  #keepEvidence(world: PowerWorld, problems: readonly string[]): void {
    const folder = path.join(tmpdir(), `power-cut-failed-${this.#seed}`);
    for (const mount of world.mounts) {
      cpSync(mount, path.join(folder, path.basename(mount)), { recursive: true, filter: isFile });
    }
    writeFileSync(path.join(folder, "problems.txt"), problems.join("\n"));
    writeFileSync(path.join(folder, "engine.log"), world.log.join("\n"));
    process.stderr.write(`${problems.slice(0, 10).join("\n")}\nkept in ${folder}\n`);
  }
}

const isFile = (source: string) => !source.includes(".sock") && !source.endsWith("lost+found");
