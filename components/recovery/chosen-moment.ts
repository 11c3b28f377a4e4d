import type { RestoreSourceBody, SnapshotView } from "../../lib/client/api-types.ts";

/**
 * The moment a person has chosen. `now` follows the newest commit. A time is kept as it was asked for; a bookmark and a
 * label mean one exact commit, whose time is null until it is known.
 */
export type ChosenMoment =
  | { kind: "now" }
  | { kind: "time"; atMs: number }
  | { kind: "bookmark"; bookmark: string; atMs: number | null }
  | { kind: "label"; snapshotId: string; label: string; bookmark: string; atMs: number | null };

export const NOW: ChosenMoment = { kind: "now" };

/** The question to the server that resolves it; null for now, which the window's newest state answers. */
export function toResolveQuestion(chosen: ChosenMoment): { timestampMs: number } | { bookmark: string } | null {
  if (chosen.kind === "now") return null;
  return chosen.kind === "time" ? { timestampMs: chosen.atMs } : { bookmark: chosen.bookmark };
}

/** The source of a restore to it; null for now, which is no restore. */
export function toRestoreSource(chosen: ChosenMoment): RestoreSourceBody | null {
  if (chosen.kind === "now") return null;
  if (chosen.kind === "time") return { timestamp: chosen.atMs };
  return chosen.kind === "label" ? { snapshotId: chosen.snapshotId } : { bookmark: chosen.bookmark };
}

export function chooseCommit(commit: { bookmark: string; timeMs: number }): ChosenMoment {
  return { kind: "bookmark", bookmark: commit.bookmark, atMs: commit.timeMs };
}

/** A label's moment; null when it has none that can be reached. */
export function chooseLabel(snapshot: SnapshotView): ChosenMoment | null {
  if (!snapshot.recoverable || snapshot.bookmark === null) return null;
  const { id, label, bookmark, timeMs } = snapshot;
  return { kind: "label", snapshotId: id, label, bookmark, atMs: timeMs };
}

/** Two choices are one when the server would be asked the same. */
export function isSameMoment(a: ChosenMoment, b: ChosenMoment): boolean {
  return JSON.stringify(toRestoreSource(a)) === JSON.stringify(toRestoreSource(b));
}

/** Writes the choice into a page's search parameters, so that a reload or a shared link keeps it. */
export function writeMoment(chosen: ChosenMoment): string {
  if (chosen.kind === "now") return "";
  if (chosen.kind === "time") return `?at=${chosen.atMs}`;
  return `?bookmark=${chosen.bookmark}`;
}

/** Reads it back; anything else is now. */
export function readMoment(search: URLSearchParams): ChosenMoment {
  const at = search.get("at");
  if (at !== null && /^\d{10,15}$/.test(at)) return { kind: "time", atMs: Number(at) };
  const bookmark = search.get("bookmark");
  if (bookmark !== null && /^[0-9a-f-]{53,60}$/.test(bookmark)) return { kind: "bookmark", bookmark, atMs: null };
  return NOW;
}
