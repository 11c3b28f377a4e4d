import type { BookmarkView, SnapshotView } from "../../client/api-types.ts";
import { formatAgo } from "../../client/format-duration.ts";
import { formatClock, formatOffset, formatZone } from "../../client/format-time.ts";
import { isBookmark } from "../../domain/bookmark.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { parseMomentText } from "../../domain/parse-moment-text.ts";
import { readWallTime } from "../../domain/zoned-time.ts";
import { cleanCell } from "../text/clean-text.ts";
import { paint } from "../text/paint.ts";
import type { Call, FoundDatabase } from "./call.ts";

/** A moment that somebody named, as it was understood; times are Unix milliseconds. */
export type ReadMoment =
  | { kind: "time"; atMs: number }
  | { kind: "bookmark"; bookmark: string }
  | { kind: "label"; restorePointId: string; label: string };

/** The same and the committed state that it means. */
export type ResolvedMoment = { asked: ReadMoment; bookmark: string; timeMs: number };

const CERTAIN = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

/**
 * Reads a moment as the console's picker does: a clock time, a date, `5 minutes ago`, Unix time, RFC 3339, a bookmark or a
 * label. A time that a change of clocks repeats or leaves out is refused with both that it may be.
 * @param database whose labels count; null: none do
 */
export async function readMoment(call: Call, database: FoundDatabase | null, text: string): Promise<ReadMoment> {
  const { zone } = call.settings;
  const nowMs = Date.now();
  const isCertain = isBookmark(text.trim().toLowerCase()) || CERTAIN.test(text.trim());
  // Where a label can be meant the labels are asked for: they come before everything else, as in the picker.
  const points = isCertain || database === null ? [] : await listPoints(call, database);
  const labels = points.map(({ id, label, recoverable }) => ({ id, label, recoverable }));
  const read = parseMomentText(text, { nowMs, zone, chosenMs: nowMs, labels });
  if (read.kind === "time" || read.kind === "bookmark") return read;
  if (read.kind === "label") return { kind: "label", restorePointId: read.snapshotId, label: read.label };
  throw noMoment(call, text, read);
}

async function listPoints(call: Call, database: FoundDatabase): Promise<SnapshotView[]> {
  return call.api.list<{ snapshots: SnapshotView }>(`${database.route}/snapshots`, "snapshots");
}

function noMoment(call: Call, text: string, read: Exclude<ReturnType<typeof parseMomentText>, { atMs: number }>) {
  const said = `"${cleanCell(text.slice(0, 100))}"`;
  const at = (ms: number) => `${new Date(ms).toISOString()} (${momentWords(ms, call.settings.zone)})`;
  if (read.kind === "repeated") {
    return new LastgoodError(
      "invalid_moment",
      `${said} happens twice in ${formatZone(read.zone)}: the clocks go back.`,
      {
        hint: `Give one of them:\n${at(read.firstMs)}\n${at(read.secondMs)}`,
      },
    );
  }
  if (read.kind === "skipped") {
    return new LastgoodError(
      "invalid_moment",
      `${said} does not happen in ${formatZone(read.zone)}: the clocks go forward.`,
      {
        hint: `Give the last moment before or the first one after:\n${at(read.beforeMs)}\n${at(read.afterMs)}`,
      },
    );
  }
  const hint = read.kind === "unreadable" ? read.hint : "Give a moment.";
  return new LastgoodError("invalid_moment", `${said} is no moment and no label.`, { hint });
}

/** Which committed state a moment means; says so to whoever reads along, before anything is done with it. */
export async function resolveMoment(call: Call, database: FoundDatabase, text: string): Promise<ResolvedMoment> {
  const asked = await readMoment(call, database, text);
  const resolved = { asked, ...(await lookUp(call, database, asked)) };
  call.output.note(`${paint("dim", "moment")}  "${cleanCell(text)}" is ${stateWords(resolved, call.settings.zone)}`);
  return resolved;
}

async function lookUp(call: Call, database: FoundDatabase, asked: ReadMoment) {
  if (asked.kind === "label") {
    const point = (await listPoints(call, database)).find(({ id }) => id === asked.restorePointId);
    if (point?.bookmark && point.timeMs !== null) return { bookmark: point.bookmark, timeMs: point.timeMs };
    throw new LastgoodError(
      "restore_point_unrecoverable",
      `The label "${asked.label}" is pinned to no moment of the history.`,
      {
        hint: "It may belong to a backup: restore with --backup-key, and look at its preview.",
      },
    );
  }
  const query = asked.kind === "time" ? { timestamp: asked.atMs } : { bookmark: asked.bookmark };
  const { bookmark, timeMs } = await call.api.get<BookmarkView>(`${database.route}/bookmark`, query);
  return { bookmark, timeMs };
}

/** A committed state in words: when it was in both zones, how long ago, and its bookmark. */
export function stateWords({ bookmark, timeMs }: { bookmark: string; timeMs: number }, zone: string): string {
  return `the commit of ${timeWords(timeMs, zone)}, ${formatAgo(timeMs, Date.now())}, bookmark ${bookmark}`;
}

/** `2026-11-22 14:03:22.481 UTC (15:03:22 Berlin)` */
export function timeWords(ms: number, zone: string): string {
  const utc = `${new Date(ms).toISOString().replace("T", " ").replace("Z", "")} UTC`;
  return formatOffset(ms, zone) === "UTC" ? utc : `${utc} (${momentWords(ms, zone)})`;
}

/** `2026-11-22 15:03:22 Berlin, UTC+1` */
function momentWords(ms: number, zone: string): string {
  return `${dayIn(ms, zone)} ${formatClock(ms, zone)} ${formatZone(zone)}, ${formatOffset(ms, zone)}`;
}

function dayIn(ms: number, zone: string): string {
  const { year, month, day } = readWallTime(ms, zone);
  return `${year}-${String(month).padStart(2, "0")}-${String(day).padStart(2, "0")}`;
}

/** A time as tables show it, in the reader's zone, to the second: `2026-11-22 15:03:22`. */
export function cellTime(ms: number | null, zone: string): string | null {
  return ms === null ? null : `${dayIn(ms, zone)} ${formatClock(ms, zone)}`;
}
