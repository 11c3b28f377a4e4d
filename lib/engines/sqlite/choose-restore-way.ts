import { mkdirSync, mkdtempSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { Run } from "../engine.ts";
import { runChild } from "../processes/run-child.ts";
import { dryRunAppend } from "./apply/dry-run-append.ts";
import type { ProbeQuestion } from "./probe-database-child.ts";

export type ChosenWay = { restoreWay: "append" | "backup"; reason: string | null };

/** What was found before, by device and page size: neither changes what the other databases there would find. */
const known = new Map<string, ChosenWay>();
const PROBE_TIMEOUT_MS = 20_000;

/**
 * Finds out on a small database of the same page size and on the same file system whether a commit can be appended to a
 * log here; where it cannot, restores go through SQLite's backup API. The folder made for it is removed again.
 */
export async function chooseRestoreWay(
  file: string,
  pageSize: number,
  temporaryDirectory: string,
  run: Run,
): Promise<ChosenWay> {
  const { dev } = statSync(path.dirname(file));
  const key = `${dev}:${pageSize}`;
  const before = known.get(key);
  if (before) return before;
  mkdirSync(temporaryDirectory, { recursive: true });
  const isNear = statSync(temporaryDirectory).dev === dev;
  const folder = mkdtempSync(path.join(isNear ? temporaryDirectory : path.dirname(file), ".lastgood-probe-"));
  try {
    const input: ProbeQuestion = { file: path.join(folder, "probe.db"), pageSize };
    const script = new URL("./probe-database-child.ts", import.meta.url);
    await runChild({ script, input, timeoutMs: PROBE_TIMEOUT_MS, signal: run.signal });
    const reason = await dryRunAppend(input.file, run);
    const chosen: ChosenWay = { restoreWay: reason === null ? "append" : "backup", reason };
    known.set(key, chosen);
    return chosen;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
