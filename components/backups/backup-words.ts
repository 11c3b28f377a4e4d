import type { BackupView } from "../../lib/client/backup-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { formatMoment } from "../../lib/client/format-time.ts";

/** What a list calls a backup: its label, else who or what had it made. */
export function backupTitle({
  label,
  trigger,
  schedule,
  kind,
}: Pick<BackupView, "label" | "trigger" | "schedule" | "kind">) {
  if (label !== null && label !== "") return label;
  if (trigger === "pre_restore") return "Before a restore";
  if (schedule) return schedule.name;
  if (trigger === "scheduled") return "Scheduled backup";
  return kind === "portable" ? "Portable document" : "On-demand backup";
}

/** How large it is, what it holds, and where it lies: `6.1 MB, 12 tables, on this disk only`. */
export function backupFacts(backup: BackupView): string {
  const { sizeBytes, rawBytes, kind, tables, rows, place, encrypted } = backup;
  const size = sizeBytes === null ? null : formatBytes(sizeBytes);
  const whole = rawBytes === null || kind === "portable" ? null : `${formatBytes(rawBytes)} restored`;
  const holds =
    kind === "portable" && tables !== null && rows !== null
      ? `${formatCount(tables, "table")}, ${formatCount(rows, "row")}`
      : null;
  const where = place.kind === "disk" ? "on the agent's disk" : `in ${place.bucket}`;
  return [size, whole, holds, encrypted ? `${where}, encrypted` : where].filter((part) => part !== null).join(" · ");
}

/** What is known of its soundness and its end: `checked 13:40`, `deleted on 20 Dec`. */
export function backupStanding(backup: BackupView, zone: string, nowMs: number): string {
  const at = (ms: number) => formatMoment(ms, zone, nowMs, "minute");
  const parts = [
    backup.verifiedAtMs === null ? null : `checked ${at(backup.verifiedAtMs)}`,
    backup.restoredAtMs === null ? null : `restored ${at(backup.restoredAtMs)}`,
    backup.expiresAtMs === null || backup.pins.length > 0 ? null : `kept until ${at(backup.expiresAtMs)}`,
  ];
  return parts.filter((part) => part !== null).join(" · ");
}

const BECAUSE: Readonly<Record<string, string>> = {
  retention_days: "it was older than its schedule keeps",
  max_backups: "there were more than are kept",
  keep_at_most: "its schedule keeps no more",
  max_pre_restore: "newer ones from before restores took its place",
};

/** Why retention deleted it; null where somebody did. */
export function deletedBecause(because: string | null): string | null {
  return because === null ? null : (BECAUSE[because] ?? because);
}

const STAGES: Readonly<Record<string, string>> = {
  resolve: "Finding the newest commit",
  read: "Reading and storing",
  store: "Reading and storing",
  write: "Reading and storing",
  check: "Reading back and checking",
  verify: "Reading back and checking",
};

/** What a backup under way does. */
export function stageWords(stage: string | null): string {
  return (stage !== null && STAGES[stage]) || "Beginning";
}
