import { describe, expect, it } from "vitest";
import { removeLeftDisks, whyNoPowerCuts } from "./cuttable-disk.ts";
import { provePremise } from "./power-premise.ts";
import { runPowerCuts } from "./run-power-cuts.ts";

const CUTS = Number(process.env.LASTGOOD_TEST_CUTS ?? 4);
const SEED = Number(process.env.LASTGOOD_TEST_SEED ?? Math.floor(Math.random() * 1_000_000));

removeLeftDisks();
const skipped = whyNoPowerCuts();

describe.skipIf(skipped !== null)(`power cuts${skipped === null ? "" : ` (skipped: ${skipped})`}`, () => {
  it("lose what was not synced, names too, and keep what was", async () => {
    expect(await provePremise()).toEqual({
      synced: true,
      unsynced: false,
      syncedPart: true,
      appendedPart: false,
      renamedSynced: true,
      renamedUnsynced: false,
    });
  });

  it("cost nothing that was acknowledged or told durable, unless the history's syncs are left out", {
    timeout: 120_000 + CUTS * 30_000,
  }, async () => {
    const report = await runPowerCuts({ count: CUTS, seed: SEED, tally: null, control: false });
    process.stdout.write(`${JSON.stringify(report)}\n`);
    expect(report.problems, `seed ${SEED}`).toEqual([]);
    expect(report).toMatchObject({ skipped: null, cuts: CUTS, lost: 0, halfway: 0 });
    expect(report.acknowledged).toBeGreaterThan(0);
    expect(report.toldDurable).toBeGreaterThan(0);
    expect(report.controls["history sync"]).toBeGreaterThan(0);
    expect(report.controls["directory sync"]).toBeGreaterThan(0);
  });
});
