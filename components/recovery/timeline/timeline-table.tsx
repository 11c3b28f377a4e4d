import { SkipBack } from "lucide-react";
import type { DensityView } from "../../../lib/client/api-types.ts";
import { formatCount } from "../../../lib/client/format-count.ts";
import { formatDuration } from "../../../lib/client/format-duration.ts";
import { formatMoment, formatZone } from "../../../lib/client/format-time.ts";
import type { RecoveryWindow } from "../../../lib/domain/recovery-window.ts";
import { joinClasses } from "../../ui/join-classes.ts";
import { TextButton } from "../../ui/text-link.tsx";
import type { Mark } from "./layout-marks.ts";
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

type TableProps = {
  buckets: DensityView["buckets"];
  marks: readonly Mark[];
  view: TimeRange;
  window: RecoveryWindow;
  zone: string;
  nowMs: number;
  /** Null: only for those who cannot see the drawing, whose marks are buttons already. */
  onChooseMark: ((mark: Mark, where: "at" | "before") => void) | null;
};

const cell = "border-b border-line py-1.5 pr-4 text-left align-baseline font-normal last:pr-0";
const head = "border-b border-line-strong py-1.5 pr-4 text-left text-12 font-medium text-ink-3";
const figure = "text-right font-mono text-12";

/** The view's data as tables: its marks, and how much was written when. */
export function TimelineTable({ buckets, marks, view, window, zone, nowMs, onChooseMark }: TableProps) {
  const rows = mergeBuckets(buckets, view, nowMs);
  const inView = marks.filter((mark) => mark.ms >= view.fromMs && mark.ms <= view.toMs).sort((a, b) => a.ms - b.ms);
  return (
    <div className={onChooseMark ? "mt-3 grid gap-5 overflow-x-auto" : "sr-only"}>
      {inView.length > 0 && (
        <table className="w-full border-collapse">
          <caption className="pb-1 text-left text-13 font-semibold">{`Marks in view, times in ${formatZone(zone)}`}</caption>
          <thead>
            <tr>
              <th scope="col" className={head}>
                When
              </th>
              <th scope="col" className={head}>
                What
              </th>
              {onChooseMark && (
                <th scope="col" className={head}>
                  <span className="sr-only">The moment before</span>
                </th>
              )}
            </tr>
          </thead>
          <tbody>
            {inView.map((mark) => (
              <tr key={mark.id}>
                <th scope="row" className={joinClasses(cell, "font-mono text-12 whitespace-nowrap")}>
                  {formatMoment(mark.ms, zone, nowMs, "millisecond")}
                </th>
                <td className={joinClasses(cell, "w-full", mark.isLoss && "text-danger-text")}>
                  {onChooseMark ? (
                    <TextButton onClick={() => onChooseMark(mark, "at")} className="text-left text-inherit!">
                      {mark.sentence ?? mark.words}
                    </TextButton>
                  ) : (
                    (mark.sentence ?? mark.words)
                  )}
                </td>
                {onChooseMark && (
                  <td className={joinClasses(cell, "text-right whitespace-nowrap")}>
                    <TextButton
                      onClick={() => onChooseMark(mark, "before")}
                      aria-label={`Just before ${mark.sentence ?? mark.words}`}
                    >
                      <SkipBack size={12} strokeWidth={1.8} aria-hidden />
                      just before
                    </TextButton>
                  </td>
                )}
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <table className="w-full border-collapse">
        <caption className="pb-1 text-left text-13 font-semibold">{`Commits in view, times in ${formatZone(zone)}`}</caption>
        <thead>
          <tr>
            <th scope="col" className={head}>
              From
            </th>
            <th scope="col" className={joinClasses(head, "text-right")}>
              Length
            </th>
            <th scope="col" className={joinClasses(head, "text-right")}>
              Commits
            </th>
            <th scope="col" className={joinClasses(head, "w-full")}>
              Restorable
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.fromMs}>
              <th scope="row" className={joinClasses(cell, "font-mono text-12 whitespace-nowrap")}>
                {formatMoment(row.fromMs, zone, nowMs)}
              </th>
              <td className={joinClasses(cell, figure, "whitespace-nowrap")}>
                {formatDuration(row.toMs - row.fromMs)}
              </td>
              <td className={joinClasses(cell, figure, "whitespace-nowrap")}>{formatCount(row.commits, "commit")}</td>
              <td className={cell}>{coverWords(row, window)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function coverWords(row: Row, window: RecoveryWindow): string {
  const gap = window.gaps.find((one) => one.toMs > row.fromMs && one.fromMs < row.toMs);
  if (gap) return `gap of ${formatDuration(gap.toMs - gap.fromMs)}: ${gap.reason}`;
  const lost = window.damaged.find((one) => one.toMs > row.fromMs && one.fromMs < row.toMs);
  if (lost) return lost.reason;
  const doubtful = window.suspect.some((one) => one.toMs > row.fromMs && one.fromMs < row.toMs);
  const covered = window.spans.some((span) => span.toMs >= row.fromMs && span.fromMs <= row.toMs);
  if (!covered) return "no";
  return doubtful ? "yes, its times are doubtful: the clock jumped" : "yes";
}
