"use client";

import { useCallback, useMemo, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatDay, formatMoment, formatZone } from "../../lib/client/format-time.ts";
import type { CommitSummary } from "../../lib/domain/recovery-window.ts";
import type { RestoreActions } from "../restores/restore-actions.ts";
import { RestoreDialog, type RestoreIntent } from "../restores/restore-dialog.tsx";
import { RestoreList } from "../restores/restore-list.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { type ChosenMoment, chooseCommit, chooseLabel, NOW, toRestoreSource } from "./chosen-moment.ts";
import { findNeighbour } from "./find-neighbour.ts";
import { LabelList } from "./label-list.tsx";
import { MomentActions, useRestoreBlock } from "./moment-actions.tsx";
import { MomentCard } from "./moment-card.tsx";
import { RecoveryHead, RecoveryLegend } from "./recovery-head.tsx";
import { RecoverySkeleton } from "./recovery-skeleton.tsx";
import type { SnapshotAction } from "./snapshot-form.tsx";
import type { Mark } from "./timeline/layout-marks.ts";
import { RecoveryTimeline } from "./timeline/recovery-timeline.tsx";
import { snapMoment } from "./timeline/snap-moment.ts";
import type { TimelineCommand } from "./timeline/timeline-keys.ts";
import { bucketRange, panView, revealMoment, viewAround, windowRange, ZOOMS, zoomView } from "./timeline/view-range.ts";
import { useChosenMoment } from "./use-chosen-moment.ts";
import { useFreshDensity } from "./use-fresh-density.ts";
import { useMomentSteps } from "./use-moment-steps.ts";
import { useRecoveryData } from "./use-recovery-data.ts";
import { useStable } from "./use-stable.ts";
import { useViewRange } from "./use-view-range.ts";

const HOUR = 3_600_000;

/** The Backups tab: the window on three scales, the moment, labels and past restores. */
export function RecoveryPane({
  database,
  actions,
  snapshot,
}: {
  database: DatabaseView;
  actions: RestoreActions;
  snapshot: SnapshotAction;
}) {
  const { namespace } = useViewer();
  const nowMs = useNow();
  const { chosen, settled, isSettled, choose } = useChosenMoment();
  const data = useRecoveryData(namespace.slug, database, settled, nowMs ?? 0);
  if (data.window.error && !data.window.data) return <ErrorNote error={data.window.error} className="m-6" />;
  if (!data.window.data || nowMs === null) return <RecoverySkeleton />;
  return (
    <LoadedPane
      database={database}
      actions={actions}
      snapshot={snapshot}
      nowMs={nowMs}
      data={{ ...data, window: data.window.data }}
      chosen={chosen}
      isSettled={isSettled}
      choose={choose}
    />
  );
}

type Data = Omit<ReturnType<typeof useRecoveryData>, "window"> & {
  window: NonNullable<ReturnType<typeof useRecoveryData>["window"]["data"]>;
};

function LoadedPane({
  database,
  actions,
  snapshot,
  nowMs,
  data,
  chosen,
  isSettled,
  choose,
}: {
  database: DatabaseView;
  actions: RestoreActions;
  snapshot: SnapshotAction;
  nowMs: number;
  data: Data;
  chosen: ChosenMoment;
  isSettled: boolean;
  choose: (moment: ChosenMoment) => void;
}) {
  const { namespace } = useViewer();
  const { zone, otherZone } = useZone();
  const [intent, setIntent] = useState<RestoreIntent | null>(null);
  const [remark, setRemark] = useState<string | null>(null);
  const { window, resolved: settledState, newest } = data;
  const resolved = isSettled ? settledState : null;
  const shownMs = chosen.kind === "now" ? null : (chosen.atMs ?? resolved?.timeMs ?? null);
  const refusal = isSettled ? data.refusal : null;

  const windowSpan = useMemo(
    () => windowRange(nowMs, window.windowDays, window.oldest?.timeMs ?? null),
    [nowMs, window.windowDays, window.oldest?.timeMs],
  );
  const span = windowSpan.toMs - windowSpan.fromMs;
  const { view, goal, show } = useViewRange(
    windowSpan,
    Math.min(HOUR, span / 0.95),
    shownMs === null || nowMs - shownMs < HOUR / 2 ? null : shownMs + HOUR / 2,
  );
  const { fromMs: goalFromMs, toMs: goalToMs } = goal;
  const viewQuestion = useMemo(() => bucketRange({ fromMs: goalFromMs, toMs: goalToMs }, 180), [goalFromMs, goalToMs]);
  const stable = useStable(viewQuestion);
  const windowQuestion = useStable(bucketRange(windowSpan, 240));
  const newestBookmark = newest?.bookmark ?? null;
  const viewDensity = useFreshDensity(namespace.slug, database.name, stable, newestBookmark);
  const windowDensity = useFreshDensity(namespace.slug, database.name, windowQuestion, newestBookmark);

  const chooseAndReveal = useCallback(
    (moment: ChosenMoment) => {
      choose(moment);
      const ms = moment.kind === "now" ? nowMs : moment.atMs;
      if (ms === null) return;
      const revealed = revealMoment(goal, ms, windowSpan);
      if (revealed !== goal) show(revealed);
    },
    [choose, goal, windowSpan, nowMs, show],
  );
  const step = useMomentSteps({
    window,
    commits: data.commits,
    current: resolved?.bookmark ?? null,
    shownMs,
    nowMs,
    choose: chooseAndReveal,
    tell: setRemark,
  });

  const chooseMark = (mark: Mark, where: "at" | "before") => {
    setRemark(null);
    if (where === "before") return chooseJustBefore(mark);
    const label = data.labels.data?.find((one) => one.id === mark.id);
    const moment = label ? chooseLabel(label) : null;
    if (moment) return chooseAndReveal(moment);
    const { bookmark, ms } = mark;
    chooseAndReveal(bookmark === null ? { kind: "time", atMs: ms } : { kind: "bookmark", bookmark, atMs: ms });
  };
  /** The commit before a mark's own, or, where it is not among the known commits, the last millisecond before it. */
  const chooseJustBefore = (mark: Mark) => {
    const restore = data.restores.data?.find((one) => one.id === mark.id);
    if (restore?.previous) return chooseAndReveal(chooseCommit(restore.previous));
    const known = mark.bookmark !== null && data.commits.some((commit) => commit.bookmark === mark.bookmark);
    const before = known && mark.bookmark !== null ? findNeighbour(data.commits, mark.bookmark, "before") : null;
    chooseAndReveal(before ? chooseCommit(before) : { kind: "time", atMs: mark.ms - 1 });
  };

  const runCommand = (command: TimelineCommand) => {
    if (command.kind === "step") return step(command.unit, command.direction);
    if (command.kind === "now") return chooseAndReveal(NOW);
    if (command.kind === "zoom") {
      return show(zoomView(goal, command.direction === "in" ? 0.5 : 2, shownMs ?? nowMs, windowSpan));
    }
    if (command.kind === "end") {
      const end = command.which === "oldest" ? window.oldest : window.newest;
      return end ? chooseAndReveal(chooseCommit(end)) : undefined;
    }
    const nearest = data.marks.filter((mark) => mark.ms <= (shownMs ?? nowMs)).sort((a, b) => b.ms - a.ms)[0];
    if (nearest) chooseMark(nearest, "before");
    else setRemark("There is no mark before this moment.");
  };

  const isProtected = database.capture?.state === "protected";
  const block = useRestoreBlock({
    isNow: chosen.kind === "now",
    isResolved: resolved !== null,
    isRefused: refusal !== null,
    isProtected,
  });
  const openPlan = () => {
    const source = toRestoreSource(chosen);
    if (!source || !resolved) return;
    setIntent({
      source,
      askedMs: chosen.kind === "time" ? chosen.atMs : null,
      timeMs: resolved.timeMs,
      undoOf: null,
    });
  };

  return (
    <div className="grid flex-1 grid-cols-[minmax(0,1fr)_344px] max-roomy:grid-cols-1">
      <div className="flex min-w-0 flex-col max-roomy:contents">
        <section aria-label="Recovery window" className="px-6 pt-4 pb-3 max-wide:px-4">
          <RecoveryHead
            window={window}
            view={goal}
            zone={zone}
            nowMs={nowMs}
            onZoom={(zoom) => {
              const spanMs = ZOOMS.find((one) => one.value === zoom)?.spanMs ?? HOUR;
              show(viewAround(shownMs ?? nowMs, spanMs, windowSpan));
            }}
            onPan={(share) => show(panView(goal, share, windowSpan))}
          />
          <RecoveryTimeline
            database={database.name}
            window={window}
            windowSpan={windowSpan}
            nowMs={nowMs}
            stoppedAtMs={
              database.capture?.state === "stopped"
                ? (database.capture.capturedThroughMs ?? window.newest?.timeMs ?? null)
                : null
            }
            zone={zone}
            otherZone={otherZone}
            view={view}
            windowBuckets={windowDensity.data?.buckets ?? []}
            viewBuckets={viewDensity.data?.buckets ?? []}
            commits={data.commits}
            marks={data.marks}
            asked={shownMs === null ? null : { ms: shownMs, exact: chosen.kind !== "time" }}
            resolved={resolved && { ms: resolved.timeMs, bookmark: resolved.bookmark, commitsAfter: data.commitsAfter }}
            onView={show}
            onMoveCursor={(ms) => {
              const snapped = snapMoment(window, ms, nowMs);
              setRemark(snapped.why);
              choose(snapped.ms >= nowMs ? NOW : { kind: "time", atMs: snapped.ms });
            }}
            onChooseCommit={(commit: CommitSummary) => choose(chooseCommit(commit))}
            onChooseMark={chooseMark}
            onSpreadMarks={(marks) => {
              const times = marks.map((mark) => mark.ms);
              const [first, last] = [Math.min(...times), Math.max(...times)];
              show(viewAround((first + last) / 2, Math.max((last - first) * 3, 1_000), windowSpan));
            }}
            onCommand={runCommand}
          />
          <RecoveryLegend hasSuspect={window.suspect.length > 0} />
          <p role="status" className="min-h-4 text-12 text-warn-text">
            {remark}
          </p>
        </section>
        <div className="grid flex-1 grid-cols-[1.15fr_1fr] border-t border-line max-roomy:order-2 max-wide:grid-cols-1">
          <LabelList
            database={database.name}
            labels={data.labels.data}
            chosenId={chosen.kind === "label" ? chosen.snapshotId : null}
            zone={zone}
            nowMs={nowMs}
            snapshot={snapshot}
            onChoose={(label) => {
              const moment = chooseLabel(label);
              if (moment) chooseAndReveal(moment);
            }}
          />
          <div className="border-line max-wide:border-t wide:border-l">
            <RestoreList
              restores={data.restores.data}
              zone={zone}
              nowMs={nowMs}
              undo={actions.undo}
              onPlanUndo={setIntent}
            />
          </div>
        </div>
      </div>
      <aside
        aria-label="The chosen moment"
        className="border-line bg-canvas px-5 py-4 max-roomy:order-1 max-roomy:border-t max-wide:px-4 roomy:border-l"
      >
        <MomentCard
          window={window}
          chosen={chosen}
          shownMs={shownMs}
          resolved={resolved}
          refusal={refusal}
          commitsAfter={data.commitsAfter}
          zone={zone}
          otherZone={otherZone}
          nowMs={nowMs}
          labels={data.labels.data ?? []}
          onChoose={chooseAndReveal}
          onStep={step}
          onJustBefore={() => {
            const mark = data.marks.find((one) => chosen.kind === "label" && one.id === chosen.snapshotId);
            if (mark) chooseMark(mark, "before");
          }}
          actions={<MomentActions database={database.name} block={block} onRestore={openPlan} />}
        />
      </aside>
      <div className="fixed inset-x-0 bottom-[calc(60px+env(safe-area-inset-bottom))] z-20 grid gap-2 border-t border-line-strong bg-surface px-4 py-2.5 wide:hidden">
        <p className="flex items-baseline justify-between gap-2">
          <strong className="font-mono text-13">
            {resolved && chosen.kind !== "now"
              ? `${formatMoment(resolved.timeMs, zone, nowMs, "millisecond")} ${formatZone(zone)}`
              : chosen.kind === "now"
                ? "now"
                : "…"}
          </strong>
          {resolved && (
            <span className="text-12 text-ink-3">
              {formatDay(resolved.timeMs, zone, nowMs)}, {formatAgo(resolved.timeMs, nowMs)}
            </span>
          )}
        </p>
        <Button tone="risk" blockedBy={block} onClick={openPlan}>
          Restore…
        </Button>
      </div>
      {intent && (
        <RestoreDialog database={database} intent={intent} actions={actions} onClose={() => setIntent(null)} />
      )}
    </div>
  );
}
