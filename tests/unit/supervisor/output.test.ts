import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { ProcessLog } from "../../../lib/supervisor/process-log.ts";
import { readLine, toLogLine } from "../../../lib/supervisor/readable-line.ts";
import { restartDelayMs } from "../../../lib/supervisor/restart-delay.ts";

describe("a line of a process's output", () => {
  it("carries its level when it is one of our JSON lines", () => {
    expect(readLine('{"level":30,"timeMs":1,"process":"reader","msg":"caught up"}', "stdout")).toEqual({
      level: "info",
      text: "caught up",
    });
    expect(readLine('{"level":40,"msg":"disk low"}', "stdout").level).toBe("warning");
    expect(readLine('{"level":50,"msg":"stopped","err":{"message":"EIO"}}', "stdout")).toEqual({
      level: "error",
      text: "stopped: EIO",
    });
  });

  it("is an error when it names the cause of a crash, and information in the trace around it", () => {
    expect(readLine("Error: out of memory", "stderr").level).toBe("error");
    expect(readLine("TypeError: x is not a function", "stderr").level).toBe("error");
    expect(readLine("    at main.ts:1 in onError", "stderr").level).toBe("info");
    expect(readLine("Error: as a page shows it", "stdout").level).toBe("info");
  });

  it("may look like JSON without being any", () => {
    expect(readLine("{not json", "stdout")).toEqual({ level: "info", text: "{not json" });
    expect(readLine('{"level":"loud"}', "stdout")).toEqual({ level: "info", text: '{"level":"loud"}' });
  });
});

it("a log holds JSON lines alone, whoever wrote them", () => {
  const own = '{"level":30,"timeMs":1,"process":"reader","msg":"caught up"}';
  expect(toLogLine(own, "stdout", "reader")).toBe(own);
  const trace = ["TypeError: x is not a function", "    at main.ts:1", "{not json", '{"level":"loud"}'];
  expect(trace.map((line) => JSON.parse(toLogLine(line, "stderr", "agent", 7)))).toEqual(
    trace.map((msg, at) => ({ level: at === 0 ? 50 : 30, timeMs: 7, process: "agent", msg })),
  );
});

describe("a process's log", () => {
  const directory = () => mkdtempSync(path.join(tmpdir(), "log-"));

  it("is begun anew at each start, with the earlier one kept beside it", () => {
    const file = path.join(directory(), "agent.log");
    for (const text of ["first", "second"]) {
      const log = new ProcessLog(file);
      log.write(text);
      log.close();
    }
    expect(readFileSync(file, "utf8")).toBe("second\n");
    expect(readFileSync(file.replace(".log", ".1.log"), "utf8")).toBe("first\n");
  });

  it("stays within its limit and keeps three older files", () => {
    const folder = directory();
    const log = new ProcessLog(path.join(folder, "agent.log"), 100);
    for (let line = 0; line < 100; line++) log.write(`line ${String(line).padStart(3, "0")} ${"x".repeat(20)}`);
    log.close();
    expect(readdirSync(folder).sort()).toEqual(["agent.1.log", "agent.2.log", "agent.3.log", "agent.log"]);
    for (const name of readdirSync(folder))
      expect(readFileSync(path.join(folder, name)).length).toBeLessThanOrEqual(100);
    expect(readFileSync(path.join(folder, "agent.log"), "utf8")).toContain("line 099");
  });

  it("says why a line could not be written instead of throwing", () => {
    const log = new ProcessLog(path.join(directory(), "agent.log"));
    log.close();
    log.write("lost");
    expect(log.problem).toMatch(/EBADF|bad file/i);
  });
});

describe("the delay before a restart", () => {
  it("is none after the first death, grows with short lives and stays at ten seconds", () => {
    const delays = Array.from({ length: 12 }, (_, lives) => restartDelayMs(lives));
    expect(delays[0]).toBe(0);
    expect(delays[1]).toBeLessThanOrEqual(100);
    expect(delays.toSorted((a, b) => a - b)).toEqual(delays);
    expect(delays.at(-1)).toBe(10_000);
  });
});
