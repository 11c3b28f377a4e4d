import { describe, expect, it } from "vitest";
import type { Sample } from "../../lib/engines/postgres/receiver/cluster-sampler.ts";
import { ZeroLoss } from "../../lib/engines/postgres/receiver/zero-loss.ts";

const sample = (more: Partial<Sample> = {}): Sample => ({
  askedMs: 0,
  clockMs: 0,
  insertLsn: 100n,
  flushLsn: 100n,
  receivedLsn: 100n,
  streaming: true,
  slot: null,
  waiting: [],
  ...more,
});

function switchAt() {
  const clock = { ms: 0 };
  return { clock, zeroLoss: new ZeroLoss(() => clock.ms) };
}

describe("zero-loss", () => {
  it("is on only once the receiver streams and keeps up", () => {
    const { zeroLoss } = switchAt();
    zeroLoss.want(true);
    zeroLoss.look(sample({ streaming: false }));
    expect(zeroLoss.state).toBe("lifted");
    zeroLoss.look(sample({ flushLsn: 10_000_000n }));
    expect(zeroLoss.state).toBe("lifted");
    zeroLoss.look(sample());
    expect(zeroLoss.state).toBe("on");
  });

  it("stays on while commits wait, each for a moment", () => {
    const { zeroLoss, clock } = switchAt();
    zeroLoss.want(true, true);
    for (let second = 0; second < 60; second++) {
      clock.ms += 1000;
      zeroLoss.look(sample({ waiting: [`${second} ${second}`] }));
    }
    expect(zeroLoss.state).toBe("on");
  });

  it("is lifted when one and the same commit waits for three seconds, and takes longer to come back each time", () => {
    const { zeroLoss, clock } = switchAt();
    zeroLoss.want(true, true);
    const isOn = () => zeroLoss.state === "on";
    const backAfterMs: number[] = [];
    for (let times = 0; times < 3; times++) {
      for (let look = 0; isOn(); look++) {
        expect(look).toBeLessThan(5);
        zeroLoss.look(sample({ waiting: ["1 1"] }));
        clock.ms += 1000;
      }
      expect(zeroLoss.liftedSinceMs).not.toBeNull();
      const fromMs = clock.ms;
      while (!isOn()) {
        zeroLoss.look(sample());
        clock.ms += 1000;
      }
      backAfterMs.push(clock.ms - fromMs);
    }
    expect(backAfterMs).toEqual([4000, 7000, 13_000]);
  });

  it("that is off is not switched by anything", () => {
    const { zeroLoss } = switchAt();
    zeroLoss.look(sample());
    expect(zeroLoss.lift("a reason")).toBe(false);
    expect(zeroLoss.state).toBe("off");
  });
});
