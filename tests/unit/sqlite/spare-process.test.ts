import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type OneJobProcess, SpareProcess } from "../../../lib/engines/sqlite/children/spare-process.ts";

class Started implements OneJobProcess {
  isOver = false;
  kill(): void {
    this.isOver = true;
  }
}

function counted(keptMs?: number) {
  const started: Started[] = [];
  const start = () => {
    const process = new Started();
    started.push(process);
    return process;
  };
  return { started, spare: new SpareProcess(start, keptMs) };
}

describe("a process started ahead", () => {
  it("is taken once; the next job gets another one", () => {
    const { started, spare } = counted();
    spare.prepare();
    spare.prepare();
    expect(started).toHaveLength(1);
    expect(spare.take()).toBe(started[0]);
    expect(spare.take()).toBe(started[1]);
    expect(started).toHaveLength(2);
    spare.end();
    expect(started.some(({ isOver }) => isOver)).toBe(false);
  });

  it("that has ended meanwhile is given to nobody", () => {
    const { started, spare } = counted();
    spare.prepare();
    started[0]?.kill();
    expect(spare.take()).toBe(started[1]);
    spare.prepare();
    started[2]?.kill();
    expect(spare.prepare()).toBe(started[3]);
    spare.end();
    expect(started[3]?.isOver).toBe(true);
  });

  it("ends by itself when nobody needs it", async () => {
    const { started, spare } = counted(20);
    spare.prepare();
    expect(started[0]?.isOver).toBe(false);
    for (let tries = 0; tries < 500 && !started[0]?.isOver; tries++) await sleep(5);
    expect(started[0]?.isOver).toBe(true);
  });
});
