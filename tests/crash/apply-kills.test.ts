import { afterEach, describe, expect, it } from "vitest";
import { ForeignProgram } from "../world/foreign-program.ts";
import { type ApplyHow, ApplyTorture, STAGES, type States } from "./apply-torture.ts";

const SECONDS = Number(process.env.LASTGOOD_TEST_SECONDS ?? 4);
const SEED = Number(process.env.LASTGOOD_TEST_SEED ?? 1);
const CHECKPOINTS = ["PASSIVE", "FULL", "RESTART", "TRUNCATE"];

type LoopReport = { done: number; violations: string[]; errors: string[] };

let torture: ApplyTorture | null = null;
let loops: ForeignProgram[] = [];
afterEach(async () => {
  for (const loop of loops) loop.kill();
  loops = [];
  await torture?.end();
  torture = null;
});

async function begin(pageSize: number, loopsToStart: readonly string[]): Promise<ApplyTorture> {
  const begun = new ApplyTorture(pageSize, SEED);
  torture = begun;
  await begun.begin();
  loops = loopsToStart.map((what, i) => new ForeignProgram("ledger_loop.py", [begun.live, what, String(SEED + i)]));
  for (const loop of loops) await loop.next();
  return begun;
}

async function endLoops(): Promise<void> {
  for (const loop of loops) {
    const { done, violations, errors } = await loop.end<LoopReport>();
    expect({ violations, errors }).toEqual({ violations: [], errors: [] });
    expect(done).toBeGreaterThan(0);
  }
  loops = [];
}

/** What the file holds now is one of the allowed states to everybody, and stays so under later stock writes. */
async function verify(t: ApplyTorture, allowed: readonly string[]): Promise<void> {
  const now = await t.ask<States>("states");
  expect(new Set([now.first, now.second, now.fresh]).size).toBe(1);
  expect(allowed).toContain(now.first);
  await t.ask("adopt");
  await t.ask("change", { seeds: t.chance.seeds(1 + t.chance.below(2)) });
  const later = await t.ask<States>("states");
  expect(new Set(Object.values(later)).size).toBe(1);
  expect(await t.ask("check")).toMatchObject({ checks: ["ok", "ok"] });
}

function somehow(t: ApplyTorture): ApplyHow {
  const how = t.chance.next();
  if (how < 0.6) return { stage: t.chance.pick(STAGES), skip: t.chance.next() < 0.5 ? 0 : t.chance.below(4) };
  return how > 0.85 ? { killAfterMs: t.chance.below(25) } : {};
}

describe.each([512, 4096, 65536])("restores of a database with %i byte pages, killed at any stage", (pageSize) => {
  it("leave the old state or the new one, for old readers, other connections and later writers", {
    timeout: SECONDS * 1000 + 60_000,
  }, async () => {
    const t = await begin(pageSize, ["read", "checkpoint"]);
    const endMs = performance.now() + SECONDS * 1000;
    let killed = 0;
    while (performance.now() < endMs) {
      await t.ask("change", { seeds: t.chance.seeds(1 + t.chance.below(3)) });
      if (t.copies.length < 3 || t.chance.next() < 0.25) await t.keepCopy();
      if (t.chance.next() < 0.25) await t.ask("checkpoint", { mode: t.chance.pick(CHECKPOINTS) });
      const hasReader = t.chance.next() < 0.3;
      if (hasReader) await t.ask("read_begin");
      // Appliers that die in a row, with no stock write to clean up after them.
      for (let dead = t.chance.next() < 0.6 ? 1 + t.chance.below(2) : 0; dead > 0; dead--) {
        await t.apply(t.chance.pick(t.copies), {
          stage: t.chance.pick(["mid hash", "before header", "after frames"]),
          onlyChanged: t.chance.next() < 0.5,
        });
      }
      const { first: before } = await t.ask<States>("states");
      const copy = t.chance.pick(t.copies);
      const applied = await t.apply(copy, { ...somehow(t), onlyChanged: t.chance.next() < 0.5 });
      if (!applied) killed++;
      await verify(t, applied ? [copy.digest] : [before, copy.digest]);
      if (hasReader) expect(await t.ask("read_end")).toEqual({ same: true, check: "ok" });
    }
    expect(killed).toBeGreaterThan(0);
    await endLoops();
  });
});

describe("restores beside writers and checkpoints that never pause", () => {
  it("break no invariant and fail no reader", { timeout: SECONDS * 1000 + 60_000 }, async () => {
    const t = await begin(4096, ["read", "read", "checkpoint", "write", "write"]);
    const endMs = performance.now() + SECONDS * 1000;
    let applies = 0;
    let killed = 0;
    for (; performance.now() < endMs || killed < 20; applies++) {
      if (t.copies.length < 4 || t.chance.next() < 0.2) await t.keepCopy();
      if (!(await t.apply(t.chance.pick(t.copies), somehow(t)))) killed++;
      expect(await t.ask("check")).toMatchObject({ checks: ["ok", "ok"] });
    }
    expect(applies).toBeGreaterThan(killed);
    process.stdout.write(`${applies} restores beside writers, ${killed} of them killed\n`);
    await endLoops();
  });
});
