import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { doctor } from "../../lib/cli/commands/doctor.ts";
import { checkCapture } from "../../lib/cli/doctor/capture-check.ts";
import { admit } from "../../lib/cli/doctor/examine.ts";
import { checkProcesses } from "../../lib/cli/doctor/processes-check.ts";
import { Output } from "../../lib/cli/output.ts";

let data: string;
beforeEach(() => {
  data = mkdtempSync(path.join(tmpdir(), "doctor-"));
  mkdirSync(path.join(data, "run"));
});
afterEach(() => rmSync(data, { recursive: true }));

it("a console alone, as its unit starts it, is asked for no other process and for no capture", async () => {
  const running = { pid: process.pid, url: "", localUrl: "http://127.0.0.1:1", startedAtMs: 1, processes: "console" };
  const record = { ...running, children: { console: process.pid }, restarts: {} };
  writeFileSync(path.join(data, "run", "supervisor.json"), JSON.stringify(record));
  const { patient, close } = await admit({ NODE_ENV: "production", LASTGOOD_DATA: data }, Date.now());
  try {
    // What it was told itself counts: its unit says so in a line that no environment file has.
    expect((await checkProcesses(patient)).map(({ says }) => says)).toEqual([
      expect.stringContaining("does not answer at http://127.0.0.1:1"),
    ]);
    expect((await checkCapture(patient)).map(({ status }) => status)).toEqual(["ok"]);
  } finally {
    await close();
  }
});

it("an environment file that cannot be read is named with the reason", async () => {
  const run = (file: string) => doctor.run(["--env", path.join(data, file)], new Output(false));
  await expect(run("none.env")).rejects.toThrow("none.env cannot be read: there is no such file.");
  await expect(run("run")).rejects.toThrow("it is a folder");
});
