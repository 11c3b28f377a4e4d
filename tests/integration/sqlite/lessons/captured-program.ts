import path from "node:path";
import { afterEach, expect } from "vitest";
import { type History, openHistory } from "../../../../lib/engines/sqlite/history/open-history.ts";
import { CapturePair } from "../../../world/capture-pair.ts";
import { computeBackwards, computeForwards, withoutCounters } from "../../../world/compute-state.ts";
import { SqlSession } from "../../../world/sql-session.ts";

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const each of cleanUp.splice(0).reverse()) await each();
});

/** Has something undone when the test is over, newest first. */
export function afterTest(undo: () => unknown): void {
  cleanUp.push(undo);
}

/** A program's database, captured by real keepers and a real reader; everything ends with the test. */
export class CapturedProgram {
  readonly pair: CapturePair;
  readonly file: string;
  readonly session: SqlSession;
  #directory = "";

  static async start(...options: string[]): Promise<CapturedProgram> {
    const program = await CapturedProgram.open(...options);
    await program.attach();
    return program;
  }

  /** Open, but not attached yet. */
  static async open(...options: string[]): Promise<CapturedProgram> {
    const pair = new CapturePair();
    afterTest(() => pair.close());
    const session = await SqlSession.open(path.join(pair.data, "app.db"), options);
    afterTest(() => session.kill());
    return new CapturedProgram(pair, session);
  }

  private constructor(pair: CapturePair, session: SqlSession) {
    this.pair = pair;
    this.file = path.join(pair.data, "app.db");
    this.session = session;
  }

  async attach(): Promise<void> {
    this.#directory = this.pair.register("db", this.file);
    this.pair.startKeeper();
    this.pair.startKeeper();
    this.pair.startReader();
    await this.pair.until("db", "protected");
  }

  get directory(): string {
    return this.#directory;
  }

  /** The history with everything in it that is committed by now. */
  async history(): Promise<History> {
    await this.pair.flush("db", true);
    const history = openHistory(this.#directory);
    afterTest(() => history.close());
    return history;
  }

  async expectState(txid: number, copy: Buffer): Promise<void> {
    const history = await this.history();
    for (const compute of [computeForwards, computeBackwards]) {
      const [is, should] = [withoutCounters(compute(history, txid)), withoutCounters(copy)];
      expect({ bytes: is.length, isSame: is.equals(should) }).toEqual({ bytes: should.length, isSame: true });
    }
  }
}
