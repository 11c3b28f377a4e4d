import { CHUNK_ROWS, type CommitRows } from "./commit-row.ts";

export type Bar = { commits: number; pages: number };
/** A stretch of time (Unix milliseconds, the end not included) that is cut into bars of the same width. */
export type Bars = { fromMs: number; toMs: number; bars: Bar[] };

/** Counts a segment's commits from index `skipped` on; `lastTimeMs` is that of its last one. */
export function addDensity(rows: CommitRows, skipped: number, lastTimeMs: number, into: Bars): void {
  const { fromMs, toMs, bars } = into;
  const width = (toMs - fromMs) / bars.length;
  const barOf = (timeMs: number) => Math.min(bars.length - 1, Math.floor((timeMs - fromMs) / width));
  const add = (timeMs: number, commits: number, pages: number) => {
    const bar = bars[barOf(timeMs)];
    if (!bar) return;
    bar.commits += commits;
    bar.pages += pages;
  };
  const chunks = rows.chunks();
  for (let i = Math.max(skipped, rows.countUpTo(fromMs - 1)); i < rows.length; ) {
    const chunk = Math.floor(i / CHUNK_ROWS);
    const end = Math.min(rows.length, (chunk + 1) * CHUNK_ROWS);
    if (chunks && i % CHUNK_ROWS === 0) {
      const firstTimeMs = chunks.firstTimeMs(chunk);
      // No commit of the chunk is later than the first of the next one.
      const endTimeMs = end === rows.length ? lastTimeMs : chunks.firstTimeMs(chunk + 1);
      if (firstTimeMs >= toMs) return;
      if (endTimeMs < toMs && barOf(firstTimeMs) === barOf(endTimeMs)) {
        add(firstTimeMs, end - i, chunks.pages(chunk));
        i = end;
        continue;
      }
    }
    for (; i < end; i++) {
      const timeMs = rows.timeMs(i);
      if (timeMs >= toMs) return;
      add(timeMs, 1, rows.pageCount(i));
    }
  }
}
