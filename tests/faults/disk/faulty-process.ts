/** Loaded before a process of the engine starts (`faultyEnvironment`): its disk fails while a file says so. */
import * as fs from "node:fs";
import { type Disk, useDisk as putUnderEngine, realDisk } from "../../../lib/storage/disk.ts";
import type { PlannedFault } from "./fault-file.ts";

const plan = process.env.LASTGOOD_TEST_FAULTS;
const openFiles = new Map<number, string>();
let matched = 0;

if (plan) {
  const calls = Object.entries(realDisk).map(([name, real]) => [name, wrap(plan, name as keyof Disk, real)]);
  putUnderEngine(Object.fromEntries(calls) as Partial<Disk>);
}

function wrap(planFile: string, name: keyof Disk, real: Disk[keyof Disk]): unknown {
  return new Proxy(real, {
    apply: (target, self, args: unknown[]) => {
      const [first] = args;
      const about = typeof first === "number" ? (openFiles.get(first) ?? "") : String(first);
      if (fs.existsSync(`${planFile}.calls`)) fs.appendFileSync(`${planFile}.calls`, `${name} ${about}\n`);
      const fault = dueFault(planFile, name, about);
      if (fault && fault.code !== "SHORT") throw failure(fault.code, name, about);
      const result: unknown = Reflect.apply(target as () => unknown, self, fault ? shortened(args) : args);
      if (name === "openSync") openFiles.set(Number(result), about);
      return result;
    },
  });
}

function dueFault(planFile: string, name: string, about: string): PlannedFault | null {
  const fault = readPlan(planFile);
  if (!fault || !new RegExp(fault.call).test(name) || !new RegExp(fault.file).test(about)) return null;
  matched++;
  const met = matched - (fault.skip ?? 0);
  if (met <= 0) return null;
  if (fault.times !== undefined && met >= fault.times) {
    matched = 0;
    fs.rmSync(planFile, { force: true });
  }
  return fault;
}

function readPlan(planFile: string): PlannedFault | null {
  try {
    return JSON.parse(fs.readFileSync(planFile, "utf8")) as PlannedFault;
  } catch {
    // There is none, or it is just being written.
    return null;
  }
}

function failure(code: string, name: string, about: string): Error {
  const syscall = name.replace(/Sync$/, "");
  return Object.assign(new Error(`${code}: made to fail, ${syscall} '${about}'`), { code, syscall });
}

function shortened(args: unknown[]): unknown[] {
  const [fd, bytes, offset, length, at] = args as [number, Uint8Array, number?, number?, (number | null)?];
  const asked = length ?? bytes.length - (offset ?? 0);
  return [fd, bytes, offset ?? 0, asked > 1 ? asked >> 1 : asked, at ?? null];
}
