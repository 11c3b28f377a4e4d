import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, it } from "vitest";
import { ProcessLog } from "../../../lib/supervisor/process-log.ts";
import type { ReadableLine } from "../../../lib/supervisor/readable-line.ts";
import { SupervisedProcess } from "../../../lib/supervisor/supervised-process.ts";

const running: SupervisedProcess[] = [];
afterEach(() => {
  for (const process of running.splice(0)) process.kill();
});

const WAITS = "process.stdin.resume(); process.stdin.once('end', () => process.exit(0));";

/** Supervises a program given as text, and collects what is told of it. */
function supervise(program: string, graceMs = 5000) {
  const folder = mkdtempSync(path.join(tmpdir(), "supervised-"));
  const starts: number[] = [];
  const deaths: { how: string; delayMs: number }[] = [];
  const lines: ReadableLine[] = [];
  const spec = { name: "stand-in", args: ["-e", program], env: { ...process.env }, cwd: folder, graceMs };
  const supervised = new SupervisedProcess(spec, new ProcessLog(path.join(folder, "stand-in.log")), {
    started: (_, pid) => starts.push(pid),
    died: (_, how, delayMs) => deaths.push({ how, delayMs }),
    line: (_, line) => lines.push(line),
  });
  running.push(supervised);
  supervised.start();
  return { supervised, starts, deaths, lines };
}

async function until(condition: () => boolean): Promise<void> {
  for (const untilMs = performance.now() + 10_000; !condition(); await sleep(5)) {
    if (performance.now() > untilMs) throw new Error("waited in vain");
  }
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe("a supervised process", () => {
  it("is there again within 100 ms of kill -9 once it had lived a while", async () => {
    const { starts, deaths } = supervise(WAITS);
    await sleep(2100);
    const killedMs = performance.now();
    process.kill(starts[0] ?? 0, "SIGKILL");
    await until(() => starts.length === 2);
    expect(performance.now() - killedMs).toBeLessThan(100);
    expect(deaths).toEqual([{ how: "SIGKILL", delayMs: 0 }]);
  });

  it("is started more and more slowly while it dies of its start", async () => {
    const { deaths } = supervise("process.exit(3)");
    await until(() => deaths.length === 4);
    expect(deaths.map(({ how }) => how)).toEqual(Array(4).fill("exit code 3"));
    expect(deaths.map(({ delayMs }) => delayMs)).toEqual([100, 250, 500, 1000]);
  });

  it("ends by itself when its input ends, and is not started again", async () => {
    const { supervised, starts, deaths } = supervise(`${WAITS} console.log('up')`);
    await until(() => starts.length === 1);
    await supervised.stop();
    await sleep(300);
    expect([starts.length, deaths.length, isAlive(starts[0] ?? 0)]).toEqual([1, 0, false]);
  });

  it("is killed when it ignores the end of its input and SIGTERM", async () => {
    const { supervised, starts, lines } = supervise(
      "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('up')",
      100,
    );
    await until(() => lines.length === 1);
    await supervised.stop();
    expect(isAlive(starts[0] ?? 0)).toBe(false);
  });

  it("is not started again when it is stopped while it waits for its next start", async () => {
    const { supervised, starts, deaths } = supervise("process.exit(1)");
    await until(() => deaths.length === 3);
    await supervised.stop();
    const before = starts.length;
    await sleep(800);
    expect(starts.length).toBe(before);
  });

  it("tells its lines with their level", async () => {
    const { lines } = supervise(`${WAITS} console.log('{"level":40,"msg":"careful"}'); console.error('Error: broken')`);
    await until(() => lines.length === 2);
    expect(lines).toContainEqual({ level: "warning", text: "careful" });
    expect(lines).toContainEqual({ level: "error", text: "Error: broken" });
  });
});
