import type { QueryClient } from "@tanstack/react-query";
import type { DensityView, MarksView, WindowView } from "../../lib/client/api-types.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import type { ChosenMoment } from "./chosen-moment.ts";
import type { TimeRange } from "./timeline/time-scale.ts";
import { bucketRange, clampView, windowRange } from "./timeline/view-range.ts";

const HOUR_MS = 3_600_000;
const WINDOW_BARS = 240;
const VIEW_BARS = 180;
/** Room right of now, as `useViewRange` leaves it. */
const AHEAD = 0.05;

type Question = TimeRange & { buckets: number };

/** Where the middle scale begins: the last hour, or the hour around a moment that the address named. `endMs` null follows now. */
export function firstTarget(windowSpan: TimeRange, shownMs: number | null, nowMs: number) {
  const longestMs = (windowSpan.toMs - windowSpan.fromMs) / (1 - AHEAD);
  const isRecent = shownMs === null || nowMs - shownMs < HOUR_MS / 2;
  return { spanMs: Math.min(HOUR_MS, longestMs), endMs: isRecent ? null : shownMs + HOUR_MS / 2 };
}

/** A view's stretch of time as it is now. */
export function toRange({ spanMs, endMs }: { spanMs: number; endMs: number | null }, window: TimeRange): TimeRange {
  const toMs = endMs ?? window.toMs + spanMs * AHEAD;
  return clampView({ fromMs: toMs - spanMs, toMs }, window);
}

/** What the two upper scales ask the server for. */
export function questionsOf(windowSpan: TimeRange, view: TimeRange): { window: Question; view: Question } {
  return { window: bucketRange(windowSpan, WINDOW_BARS), view: bucketRange(view, VIEW_BARS) };
}

/** What the page brings along, so that the timeline is drawn with its first picture and not after three questions. */
export type FirstRecovery = {
  window: WindowView;
  densities: { question: Question; answer: DensityView }[];
  marks: { question: TimeRange; answer: MarksView };
};

/** The questions that a browser will ask first, as seen from the server at `nowMs`. */
export function firstQuestions(window: RecoveryWindow, chosen: ChosenMoment, nowMs: number) {
  const windowSpan = windowRange(nowMs, window.windowDays, window.oldest?.timeMs ?? null);
  const shownMs = chosen.kind === "now" ? null : chosen.atMs;
  return questionsOf(windowSpan, toRange(firstTarget(windowSpan, shownMs, nowMs), windowSpan));
}

/** Puts what came with the page where the questions look for their answers; what is known already is newer. */
export function keepFirst(client: QueryClient, namespace: string, database: string, first: FirstRecovery): void {
  const keep = (key: readonly unknown[], answer: unknown) => {
    if (client.getQueryData(key) === undefined) client.setQueryData(key, answer);
  };
  keep(queryKeys.window(namespace, database), first.window);
  for (const { question, answer } of first.densities) keep(queryKeys.density(namespace, database, question), answer);
  keep(queryKeys.marks(namespace, database, first.marks.question), first.marks.answer);
}
