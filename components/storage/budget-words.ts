import type { DiskBudgetView } from "../../lib/client/disk-budget-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import type { DiskLevel, DiskPart } from "../../lib/domain/disk-budget.ts";

type Measured = NonNullable<DiskBudgetView["measured"]>;

export const PART_WORDS: Readonly<Record<DiskPart, string>> = {
  history: "History of all databases",
  backups: "Backups on this disk",
  "set-aside": "Former data directories of clusters",
  throwaways: "Throwaways: drills, downloads, work under way",
  caches: "Derived caches",
  uploads: "Uploads",
  metadata: "Lastgood's own metadata",
};

export const LEVEL_WORDS: Readonly<Record<DiskLevel, { word: string; tone: "ok" | "warn" | "danger" }>> = {
  fine: { word: "enough room", tone: "ok" },
  warning: { word: "running short", tone: "warn" },
  "giving-way": { word: "giving way", tone: "danger" },
  stopped: { word: "full", tone: "danger" },
};

/** `12.4 GB of 50 GB taken, 25 %`. */
export function headlineOf({ countedBytes, limitBytes, share, boundBy }: Measured): string {
  const of = boundBy === "budget" ? "of the budget" : "of what the disk has for it";
  return `${formatBytes(countedBytes)} ${of} of ${formatBytes(limitBytes)} taken, ${Math.round(share * 100)} %`;
}

/** How fast it grows, and how long it lasts. */
export function paceOf({ bytesPerDay, daysLeft, freeBytes, sizeBytes }: Measured): string {
  const disk = `${formatBytes(freeBytes)} of ${formatBytes(sizeBytes)} are free on the disk.`;
  if (bytesPerDay === null) return `${disk} How fast it fills is known after a few hours.`;
  if (daysLeft === null) return `${disk} At the present rate it does not fill.`;
  return `${disk} It grows by ${formatBytes(bytesPerDay)} a day: full in ${wordsOfDays(daysLeft)} at that rate.`;
}

function wordsOfDays(days: number): string {
  if (days < 1) return "less than a day";
  if (days > 730) return "more than two years";
  return Math.round(days) === 1 ? "a day" : `${Math.round(days)} days`;
}
