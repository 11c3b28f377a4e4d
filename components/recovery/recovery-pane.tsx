"use client";

import { type ReactNode, useMemo, useState } from "react";
import type { DatabaseView, SnapshotView } from "../../lib/client/api-types.ts";
import { formatMoment } from "../../lib/client/format-time.ts";
import { mayRestoreInPlace } from "../../lib/domain/capture.ts";
import { ProvenLine } from "../exposure/proven-line.tsx";
import { pastHref } from "../past/past-address.ts";
import type { RestoreActions } from "../restores/restore-actions.ts";
import type { RestoreIntent } from "../restores/restore-dialog.tsx";
import { RestoreList } from "../restores/restore-list.tsx";
import { RestoreOrAsk } from "../restores/restore-or-ask.tsx";
import type { RestoreAim } from "../restores/target-choice.tsx";
import { useViewer } from "../shell/console-context.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { useAfterPaint } from "../ui/use-after-paint.ts";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import { type ChosenMoment, chooseCommit, chooseLabel, NOW, toRestoreSource } from "./chosen-moment.ts";
import { LabelList } from "./label-list.tsx";
import { MomentActions, useMustAsk, useRestoreBlock } from "./moment-actions.tsx";
import { MomentCard } from "./moment-card.tsx";
import { PhoneMomentBar } from "./phone-moment-bar.tsx";
import { RecoveryHead, RecoveryLegend } from "./recovery-head.tsx";
import { MomentSkeleton, RecoverySkeleton } from "./recovery-skeleton.tsx";
import type { SnapshotAction } from "./snapshot-form.tsx";
import type { Mark } from "./timeline/layout-marks.ts";
import { RecoveryTimeline } from "./timeline/recovery-timeline.tsx";
import { snapMoment } from "./timeline/snap-moment.ts";
import type { TimelineCommand } from "./timeline/timeline-keys.ts";
import { TimelineTable } from "./timeline/timeline-table.tsx";
import { panView, revealMoment, viewAround, ZOOMS, zoomView } from "./timeline/view-range.ts";
import { toTimelineMark } from "./to-timeline-mark.ts";
import { useChosenMoment } from "./use-chosen-moment.ts";
import { useLasting } from "./use-lasting.ts";
import { useMarkChoice } from "./use-mark-choice.ts";
import { useMomentSteps } from "./use-moment-steps.ts";
import { useRecoveryData } from "./use-recovery-data.ts";
import { useRecoveryView } from "./use-recovery-view.ts";

/** Marks closer than this stand on each other however close the view is. */
const ONE_MOMENT_MS = 4;

type PaneProps = {
  database: DatabaseView;
  actions: RestoreActions;
  snapshot: SnapshotAction;
  /** Below the past restores, and below the labels. */
  below?: ReactNode;
  belowLabels?: ReactNode;
};

/** The Backups tab: the window on three scales, the moment, labels and past restores. */
export function RecoveryPane(props: PaneProps) {
  const { namespace } = useViewer();
  const nowMs = useNow();
  const choice = useChosenMoment();
  const data = useRecoveryData(namespace.slug, props.database, choice.settled, nowMs ?? 0);
  const window = data.window.data;
  if (data.window.error && !window) return <ErrorNote error={data.window.error} className="m-6" />;
  if (!window || nowMs === null) return <RecoverySkeleton />;
  return <LoadedPane {...props} nowMs={nowMs} data={{ ...data, window }} choice={choice} />;
}

type Data = Omit<ReturnType<typeof useRecoveryData>, "window"> & {
  window: NonNullable<ReturnType<typeof useRecoveryData>["window"]["data"]>;
};

function LoadedPane({
  database,
  actions,
  snapshot,
  below,
  belowLabels,
  nowMs,
  data,
  choice,
}: PaneProps & { nowMs: number; data: Data; choice: ReturnType<typeof useChosenMoment> }) {
  const { chosen, isSettled } = choice;
  const { zone, otherZone } = useZone();
  const isPainted = useAfterPaint();
  const [intent, setIntent] = useState<RestoreIntent | null>(null);
  const [remark, setRemark] = useState<string | null>(null);
  const [hasTable, setTable] = useState(false);
  const { window, commits } = data;
  const resolved = isSettled ? data.resolved : null;
  const refusal = isSettled ? data.refusal : null;
  const shownMs = chosen.kind === "now" ? null : (chosen.atMs ?? resolved?.timeMs ?? null);
  const shown = useRecoveryView(database, window, shownMs, nowMs);
  const { view, jumps, show, windowSpan, viewBuckets, windowBuckets, commitMarks, reading } = shown;
  const marks = useMemo(() => [...data.marks, ...commitMarks.map(toTimelineMark)], [data.marks, commitMarks]);
  const isReadingLong = useLasting(reading !== null, 2_000);

  const choose = (moment: ChosenMoment) => {
    choice.choose(moment);
    const ms = moment.kind === "now" ? nowMs : moment.atMs;
    const revealed = ms === null ? view : revealMoment(view, ms, windowSpan);
    if (revealed !== view) show(revealed);
  };
  const step = useMomentSteps({
    window,
    commits,
    current: resolved?.bookmark ?? null,
    shownMs,
    nowMs,
    choose,
    tell: setRemark,
  });
  const markChoice = useMarkChoice({ labels: data.labels.data, restores: data.restores.data, commits });
  const chooseMark = (mark: Mark, where: "at" | "before") => {
    setRemark(null);
    choose(where === "at" ? markChoice.chooseAt(mark) : markChoice.chooseBefore(mark));
  };
  const moveCursor = (ms: number) => {
    const snapped = snapMoment(window, ms, nowMs);
    setRemark(snapped.why);
    choice.choose(snapped.ms >= nowMs ? NOW : { kind: "time", atMs: snapped.ms });
  };
  const runCommand = (command: TimelineCommand) => {
    if (command.kind === "step") return step(command.unit, command.direction);
    if (command.kind === "now") return choose(NOW);
    if (command.kind === "zoom") {
      return show(zoomView(view, command.direction === "in" ? 0.5 : 2, shownMs ?? nowMs, windowSpan));
    }
    if (command.kind === "end") {
      const end = command.which === "oldest" ? window.oldest : window.newest;
      return end ? choose(chooseCommit(end)) : undefined;
    }
    const nearest = marks.filter((mark) => mark.ms <= (shownMs ?? nowMs)).sort((a, b) => b.ms - a.ms)[0];
    if (nearest) chooseMark(nearest, "before");
    else setRemark("There is no mark before this moment.");
  };

  const mustAsk = useMustAsk(database.name);
  const block = useRestoreBlock({
    isNow: chosen.kind === "now",
    isResolved: resolved !== null,
    isRefused: refusal !== null,
    isProtected: mayRestoreInPlace(database.capture),
  });
  const openPlan = (aim: RestoreAim) => {
    const source = toRestoreSource(chosen) ?? (resolved && aim !== "project" ? { bookmark: resolved.bookmark } : null);
    if (!source || !resolved || (block !== null && aim === "project")) return;
    const askedMs = chosen.kind === "time" ? chosen.atMs : null;
    setIntent({ source, askedMs, bookmark: resolved.bookmark, timeMs: resolved.timeMs, undoOf: null, aim });
  };
  const lookHref = resolved && refusal === null ? pastHref(database.name, { bookmark: resolved.bookmark }) : null;

  return (
    <div className="grid flex-1 grid-cols-[minmax(0,1fr)_344px] max-roomy:grid-cols-1 max-wide:pb-[104px]">
      <div className="flex min-w-0 flex-col max-roomy:contents">
        <section aria-label="Recovery window" className="min-w-0 px-6 pt-4 pb-3 max-wide:px-4">
          <RecoveryHead
            window={window}
            view={view}
            zone={zone}
            nowMs={nowMs}
            onZoom={(zoom) => {
              const spanMs = ZOOMS.find((one) => one.value === zoom)?.spanMs;
              if (spanMs) show(viewAround(shownMs ?? nowMs, spanMs, windowSpan));
            }}
            onPan={(share) => show(panView(view, share, windowSpan))}
          />
          <RecoveryTimeline
            database={database.name}
            window={window}
            windowSpan={windowSpan}
            nowMs={nowMs}
            stoppedAtMs={stoppedAt(database, window)}
            zone={zone}
            otherZone={otherZone}
            view={view}
            jumps={jumps}
            windowBuckets={windowBuckets}
            viewBuckets={viewBuckets}
            commits={commits}
            marks={marks}
            hasTable={hasTable}
            asked={shownMs === null ? null : { ms: shownMs, exact: chosen.kind !== "time", refused: refusal !== null }}
            resolved={resolved && { ms: resolved.timeMs, bookmark: resolved.bookmark, commitsAfter: data.commitsAfter }}
            onView={show}
            onMoveCursor={moveCursor}
            onChooseCommit={(commit) => choice.choose(chooseCommit(commit))}
            onChooseMark={chooseMark}
            onSpreadMarks={(crowd) => {
              const times = crowd.map((mark) => mark.ms);
              const [first, last] = [Math.min(...times), Math.max(...times)];
              // No zoom tells marks of the same moment apart: the table names them one by one.
              if (last - first < ONE_MOMENT_MS && view.toMs - view.fromMs <= 1_000) return setTable(true);
              show(viewAround((first + last) / 2, Math.max((last - first) * 3, 1_000), windowSpan));
            }}
            onCommand={runCommand}
          />
          <RecoveryLegend
            hasSuspect={window.suspect.length > 0}
            hasTable={hasTable}
            onToggleTable={() => setTable(!hasTable)}
          />
          <p role="status" className="min-h-4 text-12 text-warn-text">
            {remark}
          </p>
          {isReadingLong && (
            <p className="text-12 text-ink-3">
              {reading?.throughMs
                ? `Large deletes and schema changes are marked up to ${formatMoment(reading.throughMs, zone, nowMs)}; the rest is still being read.`
                : "The history is being read for large deletes and schema changes."}
            </p>
          )}
          {hasTable && (
            <TimelineTable
              buckets={viewBuckets}
              marks={marks}
              view={view}
              window={window}
              zone={zone}
              nowMs={nowMs}
              onChooseMark={chooseMark}
            />
          )}
        </section>
        <div className="grid flex-1 grid-cols-[1.15fr_1fr] border-t border-line max-roomy:order-2 max-wide:grid-cols-1">
          {isPainted && (
            <>
              <div className="min-w-0">
                <LabelList
                  database={database}
                  labels={data.labels.data}
                  error={data.labels.error}
                  chosenId={chosen.kind === "label" ? chosen.snapshotId : null}
                  zone={zone}
                  nowMs={nowMs}
                  snapshot={snapshot}
                  onChoose={(label) => {
                    const moment = chooseLabel(label);
                    setRemark(null);
                    if (label.kind === "backup") setIntent(fromPinnedBackup(label));
                    else if (moment) choose(moment);
                  }}
                />
                {belowLabels}
              </div>
              <div className="border-line max-wide:border-t wide:border-l">
                <RestoreList
                  restores={data.restores.data}
                  error={data.restores.error}
                  zone={zone}
                  nowMs={nowMs}
                  undo={actions.undo}
                  onPlanUndo={setIntent}
                />
                {below}
              </div>
            </>
          )}
        </div>
      </div>
      <aside
        aria-label="The chosen moment"
        className="min-w-0 border-line bg-canvas px-5 py-4 max-roomy:order-1 max-roomy:border-t max-wide:px-4 roomy:border-l"
      >
        {isPainted ? (
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
            onChoose={(moment) => {
              setRemark(null);
              choose(moment);
            }}
            onStep={step}
            mark={markOf(chosen, resolved, marks)}
            onJustBefore={(mark) => chooseMark(mark, "before")}
            actions={
              <>
                <MomentActions
                  database={database.name}
                  isPreview={database.kind === "preview"}
                  mustAsk={mustAsk}
                  block={block}
                  lookHref={lookHref}
                  onPreview={() => openPlan("new_preview")}
                  onRestore={() => openPlan("project")}
                />
                <ProvenLine database={database.name} className="mt-3" />
              </>
            }
          />
        ) : (
          <MomentSkeleton />
        )}
      </aside>
      {isPainted && (
        <PhoneMomentBar
          isNow={chosen.kind === "now"}
          resolved={resolved}
          zone={zone}
          nowMs={nowMs}
          mustAsk={mustAsk}
          block={block}
          lookHref={lookHref}
          onRestore={() => openPlan("project")}
        />
      )}
      {intent && <RestoreOrAsk database={database} intent={intent} actions={actions} onClose={() => setIntent(null)} />}
    </div>
  );
}

/** A restore from the backup that a label is pinned to, into a preview unless somebody chooses otherwise. */
function fromPinnedBackup({ id, label, bookmark, timeMs }: SnapshotView): RestoreIntent | null {
  if (bookmark === null || timeMs === null) return null;
  const backup = { title: label, kind: "physical" as const };
  return { source: { snapshotId: id }, askedMs: null, backup, bookmark, timeMs, undoOf: null, aim: "new_preview" };
}

/** The mark at which the chosen moment stands: the chosen label, else whatever made the commit. */
function markOf(chosen: ChosenMoment, resolved: Data["resolved"], marks: readonly Mark[]): Mark | null {
  if (chosen.kind === "now") return null;
  const isLabel = chosen.kind === "label";
  return marks.find((one) => (isLabel ? one.id === chosen.snapshotId : one.bookmark === resolved?.bookmark)) ?? null;
}

/** Since when nothing is captured, as far as anybody knows; null while capture runs. */
function stoppedAt({ capture }: DatabaseView, window: Data["window"]): number | null {
  if (capture && capture.state !== "stopped") return null;
  return capture?.capturedThroughMs ?? window.capturedThroughMs ?? window.newest?.timeMs ?? null;
}
