import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type History, openHistory } from "../../../lib/engines/sqlite/history/open-history.ts";
import { verifyHistory } from "../../../lib/engines/sqlite/history/verify-history.ts";
import { type PruneSteps, pruneHistory } from "../../../lib/engines/sqlite/prune/prune-history.ts";
import { materialise } from "../../../lib/engines/sqlite/restore/materialise.ts";
import { MadeHistory } from "../../world/made-history.ts";

let made: MadeHistory;
let open: History[];
beforeEach(async () => {
  made = new MadeHistory({ bytes: 1e9, commits: 20 });
  open = [];
  await made.commit(150);
  // Sealing goes on behind the writer's back; what is sealed then is pruned.
  await made.writer.close();
});
afterEach(() => {
  for (const history of open) history.close();
  rmSync(made.directory, { recursive: true, force: true });
});

function view(): History {
  const history = openHistory(made.directory);
  open.push(history);
  return history;
}

function prune(keepFromMs: number, steps?: PruneSteps): number {
  return pruneHistory(view(), keepFromMs, () => undefined, steps);
}

/** Every state from a commit on comes out of the history as it was. */
function expectStatesFrom(txid: number): void {
  const history = view();
  const file = path.join(made.directory, "..", `${path.basename(made.directory)}.image`);
  for (let at = txid; at < made.states.length; at++) {
    materialise(history, at, file);
    expect(readFileSync(file).equals(made.states[at] ?? Buffer.alloc(0))).toBe(true);
  }
  rmSync(file);
  verifyHistory(made.directory);
}

describe("pruning a history", () => {
  test("every state from the given time on is kept, older ones are gone, and disk comes back", () => {
    const keepFrom = view().byTxid(75);
    const removed = prune(keepFrom?.timeMs ?? 0);
    expect(removed).toBeGreaterThan(0);
    const history = view();
    expect(history.oldest().txid).toBeGreaterThan(60);
    expect(history.oldest().txid).toBeLessThanOrEqual(75);
    expect(history.byTxid(history.oldest().txid - 1)).toBeNull();
    expect(history.atOrBefore(keepFrom?.timeMs ?? 0)?.txid).toBe(75);
    expectStatesFrom(history.oldest().txid);
    expect(readdirSync(made.directory).filter((name) => name.startsWith("base-"))).toHaveLength(2);
  });

  test("nothing is dropped while everything is within the window", () => {
    expect(prune(500)).toBe(0);
    expect(prune(1000)).toBe(0);
    expectStatesFrom(1);
  });

  test("the state in force when the window begins is kept, also when it is old", () => {
    prune(Date.now());
    const history = view();
    expect(history.atOrBefore(Date.now())?.txid).toBe(151);
    expectStatesFrom(history.oldest().txid);
  });

  test("pruning again and again keeps what it should", () => {
    for (const txid of [30, 31, 80, 120, 150]) {
      prune(view().byTxid(txid)?.timeMs ?? 0);
      const oldest = view().oldest().txid;
      expect(oldest).toBeLessThanOrEqual(txid);
      expectStatesFrom(oldest);
    }
  });

  test("interrupted behind any step, no state from the given time on is lost, and the next pruning tidies up", async () => {
    const total = { steps: 0 };
    const keepFromMs = view().byTxid(110)?.timeMs ?? 0;
    for (let stopAt = 1; ; stopAt++) {
      rmSync(made.directory, { recursive: true, force: true });
      made = new MadeHistory({ bytes: 1e9, commits: 20 });
      await made.commit(150);
      await made.writer.close();
      let steps = 0;
      const interrupted = () =>
        prune(keepFromMs, {
          after: () => {
            if (++steps === stopAt) throw new Error("the power went");
          },
        });
      try {
        interrupted();
        total.steps = steps;
        break;
      } catch (error) {
        expect(error).toMatchObject({ message: "the power went" });
      }
      expectStatesFrom(110);
      prune(keepFromMs);
      expectStatesFrom(view().oldest().txid);
      const names = readdirSync(made.directory);
      expect(names.filter((name) => name.startsWith("base-") && name.endsWith(".db"))).toHaveLength(1);
    }
    expect(total.steps).toBeGreaterThan(4);
  });

  test("a view that was open before goes on after a refresh", () => {
    const history = view();
    expect(history.oldest().txid).toBe(1);
    prune(history.byTxid(75)?.timeMs ?? 0);
    history.refresh();
    expect(history.oldest().txid).toBeGreaterThan(1);
    expect([...history.records(100, 110, "descending")].map(({ txid }) => txid)).toEqual([
      110, 109, 108, 107, 106, 105, 104, 103, 102, 101, 100,
    ]);
  });
});
