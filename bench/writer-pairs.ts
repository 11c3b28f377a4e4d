import type { BenchDatabase, BenchWorld } from "./bench-world.ts";
import { runWriter } from "./run-writer.ts";
import type { WriterOrder, WriterReport } from "./shop-writer.ts";

export type PairOrder = Pick<WriterOrder, "synchronous" | "commitsPerSecond">;
/** One round: the same writer on both files, right after each other. */
export type Pair = { plain: WriterReport; captured: WriterReport };

/** The same writer on a plain file and on a captured one in turns, so that whatever else the machine does meets both. */
export class WriterPairs {
  private readonly world: BenchWorld;
  private readonly done = new Map<string, Promise<Pair[]>>();
  private prepared: Promise<{ plain: string; captured: BenchDatabase }> | null = null;

  constructor(world: BenchWorld) {
    this.world = world;
  }

  /** The two files; nobody captures the plain one. */
  files(): Promise<{ plain: string; captured: BenchDatabase }> {
    this.prepared ??= this.prepare();
    return this.prepared;
  }

  /** All rounds of one order; run once, however many measurements ask. */
  run(order: PairOrder): Promise<Pair[]> {
    const key = JSON.stringify(order);
    const known = this.done.get(key) ?? this.runRounds(order);
    this.done.set(key, known);
    return known;
  }

  private async prepare() {
    return { plain: this.world.makeFile("plain"), captured: await this.world.attach("captured") };
  }

  private async runRounds(order: PairOrder): Promise<Pair[]> {
    const { seconds, rounds } = this.world.options;
    const { plain, captured } = await this.files();
    const run = async (path: string) => {
      const report = await runWriter({ ...order, work: "shop", path, seconds, withTimes: true });
      await this.world.settle(captured.id);
      return report;
    };
    const pairs: Pair[] = [];
    for (let round = 0; round < rounds; round++) {
      if (round % 2 === 0) {
        pairs.push({ plain: await run(plain), captured: await run(captured.path) });
      } else {
        const second = await run(captured.path);
        pairs.push({ plain: await run(plain), captured: second });
      }
    }
    return pairs;
  }
}
