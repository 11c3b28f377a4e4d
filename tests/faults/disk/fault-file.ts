import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

/** A fault that processes of the engine meet while a file says so; the expressions match a call's name and its file. */
export type PlannedFault = {
  call: string;
  file: string;
  /** "SHORT": only half of the bytes are written. */
  code: string;
  /** How many such calls of a process go well before. */
  skip?: number;
  /** How often it happens; then the plan is removed. Left out: for as long as it is there. */
  times?: number;
};

/** What makes a process that is started with it meet the faults of this file, and list its calls in `<file>.calls`. */
export function faultyEnvironment(file: string): { NODE_OPTIONS: string; LASTGOOD_TEST_FAULTS: string } {
  const preload = pathToFileURL(path.resolve(import.meta.dirname, "faulty-process.ts")).href;
  return { NODE_OPTIONS: `--import=${preload}`, LASTGOOD_TEST_FAULTS: file };
}

export function planFault(file: string, fault: PlannedFault): void {
  writeFileSync(file, JSON.stringify(fault));
}

/** From now on nothing fails. */
export function mendDisk(file: string): void {
  rmSync(file, { force: true });
}

export function isPlanned(file: string): boolean {
  return existsSync(file);
}

/** The calls that were made since, "<name> <file>" each; to be asked for by creating the list. */
export function listedCalls(file: string): string[] {
  return readFileSync(`${file}.calls`, "utf8").split("\n").filter(Boolean);
}

export function beginList(file: string): void {
  writeFileSync(`${file}.calls`, "");
}
