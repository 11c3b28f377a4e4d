import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { takeInstanceLock } from "../../../lib/supervisor/instance-lock.ts";
import { awaitLeftovers } from "../../../lib/supervisor/leftovers.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

const lockModule = path.resolve(import.meta.dirname, "../../../lib/supervisor/instance-lock.ts");

/** A process that runs a program, ready once it printed its first line. */
async function runProgram(program: string, ...args: string[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--input-type=module", "-e", program, ...args], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  children.push(child);
  await once(child.stdout, "data");
  return child;
}

describe("a data directory", () => {
  const lockFile = () => path.join(mkdtempSync(path.join(tmpdir(), "data-")), "instance.lock");
  const holdIt = (file: string) =>
    runProgram(
      `const { takeInstanceLock } = await import(${JSON.stringify(lockModule)});
       globalThis.held = takeInstanceLock(${JSON.stringify(file)}, () => "");
       console.log("held"); setInterval(() => {}, 1000);`,
    );

  it("is refused to a second process with the next step", async () => {
    const file = lockFile();
    await holdIt(file);
    expect(() => takeInstanceLock(file, () => " (process 7)")).toThrow(
      expect.objectContaining({
        code: "conflict",
        message: expect.stringContaining("process 7"),
        details: expect.objectContaining({ hint: expect.stringContaining("LASTGOOD_DATA") }),
      }),
    );
  });

  it("is free again at once after kill -9 of its holder", async () => {
    const file = lockFile();
    const holder = await holdIt(file);
    holder.kill("SIGKILL");
    await once(holder, "exit");
    const lock = takeInstanceLock(file, () => "");
    lock.release();
    expect(() => takeInstanceLock(file, () => "").release()).not.toThrow();
  });
});

describe("what a killed supervisor left behind", () => {
  const here = path.resolve(import.meta.dirname, "../../..");

  it("is waited for while it ends by itself", async () => {
    const child = await runProgram("console.log('up'); setTimeout(() => process.exit(0), 400)", here);
    expect(await awaitLeftovers({ agent: child.pid ?? 0 }, here, 5000)).toEqual([]);
    expect(child.exitCode ?? (await once(child, "exit"))[0]).toBe(0);
  });

  it("is killed when it hangs, and named", async () => {
    const child = await runProgram("console.log('up'); setInterval(() => {}, 1000)", here);
    expect(await awaitLeftovers({ reader: child.pid ?? 0 }, here, 200)).toEqual(["reader"]);
    expect(child.signalCode ?? (await once(child, "exit"))[1]).toBe("SIGKILL");
  });

  it("is left alone when its number now belongs to a stranger", async () => {
    const child = await runProgram("console.log('up'); setInterval(() => {}, 1000)");
    expect(await awaitLeftovers({ keeper: child.pid ?? 0 }, "/somewhere/else", 200)).toEqual([]);
    expect(child.exitCode).toBeNull();
    expect(child.signalCode).toBeNull();
  });
});
