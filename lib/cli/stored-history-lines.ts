import type { Gap } from "../domain/recovery-window.ts";

/** The parts of a history's description that are shown; sizes in bytes, times in Unix milliseconds. */
type Shown = {
  pageSizeBytes: number;
  databaseBytes: number;
  storedBytes: number;
  commits: number;
  oldest: { bookmark: string; timeMs: number } | null;
  newest: { bookmark: string; timeMs: number } | null;
  capturedThroughMs: number | null;
  gaps: Gap[];
  suspect: Gap[];
  damaged: Gap[];
  notes: { txid: number; note: unknown }[];
};

export const toInstant = (timeMs: number) => new Date(timeMs).toISOString();

export function toSize(bytes: number): string {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  const power = bytes < 1024 ? 0 : Math.min(4, Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** A stored history as text, one fact a line. */
export function toWindowLines(directory: string, shown: Shown): string[] {
  const { oldest, newest, capturedThroughMs } = shown;
  const moment = (at: { bookmark: string; timeMs: number }) => `${toInstant(at.timeMs)}  ${at.bookmark}`;
  return [
    `history    ${directory}`,
    `database   ${toSize(shown.databaseBytes)} in pages of ${shown.pageSizeBytes} bytes`,
    `stored     ${toSize(shown.storedBytes)} with ${shown.commits} commits`,
    ...(oldest ? [`oldest     ${moment(oldest)}`] : []),
    ...(newest ? [`newest     ${moment(newest)}`] : []),
    ...(capturedThroughMs === null ? [] : [`complete   up to ${toInstant(capturedThroughMs)}`]),
    ...stretches("gap", shown.gaps),
    ...stretches("suspect", shown.suspect),
    ...stretches("damaged", shown.damaged),
    ...shown.notes.map(({ txid, note }) => `note       after commit ${txid}: ${JSON.stringify(note)}`),
  ];
}

function stretches(name: string, all: readonly Gap[]): string[] {
  return all.map(
    ({ fromMs, toMs, reason }) => `${name.padEnd(10)} ${toInstant(fromMs)} to ${toInstant(toMs)}: ${reason}`,
  );
}

type ListedCommit = {
  bookmark: string;
  timeMs: number;
  changedPages: number;
  afterGap: boolean;
};

export function toCommitLine({ bookmark, timeMs, changedPages, afterGap }: ListedCommit): string {
  return `${toInstant(timeMs)}  ${bookmark}  ${changedPages} ${changedPages === 1 ? "page" : "pages"}${afterGap ? ", after a gap" : ""}`;
}
