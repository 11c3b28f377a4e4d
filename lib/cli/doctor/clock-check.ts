import { type Finding, orWell, problem, warning } from "./finding.ts";
import type { Patient } from "./patient.ts";

/** Nobody ran this version before. */
const EARLIEST_MS = Date.UTC(2026, 0, 1);
/** Machines that take each other for the same time are closer than this. */
const TOLERANCE_MS = 5000;

/** Whether the clock can be what it says: moments and schedules go by it. */
export async function checkClock({ nowMs, metadata, isRunning, record }: Patient): Promise<Finding[]> {
  const now = new Date(nowMs).toISOString();
  const setIt = "Set the clock, and let it be kept (timedatectl set-ntp true).";
  if (nowMs < EARLIEST_MS) return [problem(`The clock says ${now}, which is long past.`, setIt)];
  const found: Finding[] = [];
  const newest = await newestEntryMs(await metadata());
  if (newest !== null && newest > nowMs + TOLERANCE_MS) {
    const what = `The clock says ${now}, and the audit log goes to ${new Date(newest).toISOString()} already.`;
    found.push(problem(what, `Somebody set the clock back, or it was ahead. ${setIt}`));
  }
  if (isRunning && record && record.startedAtMs > nowMs + TOLERANCE_MS) {
    found.push(warning("Lastgood runs since a time that has not come yet: the clock was set back meanwhile.", setIt));
  }
  return orWell(found, `The clock says ${now}, later than everything that was written down.`);
}

async function newestEntryMs(metadata: Awaited<ReturnType<Patient["metadata"]>>): Promise<number | null> {
  const [row] = (await metadata?.rows('SELECT MAX("timeMs") AS "newest" FROM "AuditEntry"')) ?? [];
  return row?.newest === null || row?.newest === undefined ? null : Number(row.newest);
}
