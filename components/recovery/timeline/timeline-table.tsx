import type { DensityView } from "../../../lib/client/api-types.ts";
import { formatCount } from "../../../lib/client/format-count.ts";
import { formatDuration } from "../../../lib/client/format-duration.ts";
import { formatMoment, formatZone } from "../../../lib/client/format-time.ts";
import type { RecoveryWindow } from "../../../lib/domain/recovery-window.ts";
import type { TimeRange } from "./time-scale.ts";

const ROWS = 24;

type Row = { fromMs: number; toMs: number; commits: number };

/** Adds buckets up to at most 24 rows. */
export function mergeBuckets(buckets: DensityView["buckets"], view: TimeRange, nowMs: number): Row[] {
  const inView = buckets.filter((bucket) => bucket.toMs > view.fromMs && bucket.fromMs < Math.min(view.toMs, nowMs));
  const perRow = Math.max(1, Math.ceil(inView.length / ROWS));
  const rows: Row[] = [];
  for (const [index, bucket] of inView.entries()) {
    const row = index % perRow === 0 ? undefined : rows.at(-1);
    if (row) {
      row.toMs = bucket.toMs;
      row.commits += bucket.commits;
    } else rows.push({ fromMs: bucket.fromMs, toMs: bucket.toMs, commits: bucket.commits });
  }
  return rows;
}

/** The view's data as a table, for those who cannot see the drawing. */
export function TimelineTable({
  buckets,
  view,
  window,
  zone,
  nowMs,
}: {
  buckets: DensityView["buckets"];
  view: TimeRange;
  window: RecoveryWindow;
  zone: string;
  nowMs: number;
}) {
  const rows = mergeBuckets(buckets, view, nowMs);
  return (
    <table className="sr-only">
      <caption>{`Commits in view, times in ${formatZone(zone)}`}</caption>
      <thead>
        <tr>
          <th scope="col">From</th>
          <th scope="col">Length</th>
          <th scope="col">Commits</th>
          <th scope="col">Restorable</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.fromMs}>
            <th scope="row">{formatMoment(row.fromMs, zone, nowMs)}</th>
            <td>{formatDuration(row.toMs - row.fromMs)}</td>
            <td>{formatCount(row.commits, "commit")}</td>
            <td>{coverWords(row, window)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function coverWords(row: Row, window: RecoveryWindow): string {
  const gap = window.gaps.find((one) => one.toMs > row.fromMs && one.fromMs < row.toMs);
  if (gap) return `gap of ${formatDuration(gap.toMs - gap.fromMs)}: ${gap.reason}`;
  const covered = window.spans.some((span) => span.toMs >= row.fromMs && span.fromMs <= row.toMs);
  return covered ? "yes" : "no";
}
