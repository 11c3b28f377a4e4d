"use client";

import { SkipBack } from "lucide-react";
import { type ReactNode, useCallback, useRef, useState } from "react";
import type { SnapshotView } from "../../lib/client/api-types.ts";
import { formatClock, formatOffset, formatZone } from "../../lib/client/format-time.ts";
import type { ResolvedMoment } from "../../lib/domain/moment.ts";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { findInstants, readWallTime, type WallTime } from "../../lib/domain/zoned-time.ts";
import { TextButton } from "../ui/text-link.tsx";
import type { ChosenMoment } from "./chosen-moment.ts";
import type { CalendarDay } from "./day-coverage.ts";
import { MomentCalendar } from "./moment-calendar.tsx";
import { MomentRefusal, type Refusal } from "./moment-refusal.tsx";
import { MomentStepper, type StepDirection, type StepUnit } from "./moment-stepper.tsx";
import { MomentTextField } from "./moment-text-field.tsx";
import { RepeatedHour } from "./repeated-hour.tsx";
import { ResolvedMomentFacts } from "./resolved-moment.tsx";
import { TimeFields } from "./time-fields.tsx";
import type { Mark } from "./timeline/layout-marks.ts";
import { ZoneToggle } from "./zone-toggle.tsx";

/** The calendar shows days, and the offset of no zone leaves a minute in two. */
const toMinute = (ms: number) => Math.floor(ms / 60_000) * 60_000;

/** The chosen moment: in words, on the calendar, on the clock, and the commit it resolves to. */
export function MomentCard({
  window,
  chosen,
  shownMs,
  resolved,
  refusal,
  commitsAfter,
  zone,
  otherZone,
  nowMs,
  labels,
  onChoose,
  onStep,
  mark,
  onJustBefore,
  actions,
}: {
  window: RecoveryWindow;
  chosen: ChosenMoment;
  shownMs: number | null;
  resolved: ResolvedMoment | null;
  refusal: Refusal | null;
  commitsAfter: number | null;
  zone: string;
  otherZone: string;
  nowMs: number;
  labels: readonly SnapshotView[];
  onChoose: (moment: ChosenMoment) => void;
  onStep: (unit: StepUnit, direction: StepDirection) => void;
  /** The mark that the moment stands at, if it does. */
  mark: Mark | null;
  onJustBefore: (mark: Mark) => void;
  actions: ReactNode;
}) {
  const [remark, setRemark] = useState<string | null>(null);
  const ms = shownMs ?? nowMs;
  const wall = readWallTime(ms, zone);

  const chooseTime = (atMs: number) => {
    setRemark(null);
    onChoose({ kind: "time", atMs });
  };
  /** Of an hour that happens twice the pass is kept that is nearer to the former choice; of one that is skipped the end. */
  const chooseWall = (next: WallTime) => {
    const found = findInstants(next, zone);
    if (found.kind === "exact") return chooseTime(found.ms);
    if (found.kind === "repeated") {
      const isSecond = Math.abs(found.secondMs - ms) < Math.abs(found.firstMs - ms);
      return chooseTime(isSecond ? found.secondMs : found.firstMs);
    }
    chooseTime(found.afterMs);
    setRemark(`The clocks in ${formatZone(zone)} skipped that time; this is the first moment after it.`);
  };
  const chooseDay = useRef<(day: CalendarDay) => void>(() => undefined);
  chooseDay.current = (day) => chooseWall({ ...wall, ...day });
  const onChooseDay = useCallback((day: CalendarDay) => chooseDay.current(day), []);

  return (
    <>
      <div className="mb-2.5 flex items-center justify-between">
        <h2 className="text-14 font-semibold tracking-[-0.005em]">The moment</h2>
        <ZoneToggle />
      </div>
      <MomentTextField
        chosen={chosen}
        shownMs={chosen.kind === "now" ? nowMs : shownMs}
        zone={zone}
        nowMs={nowMs}
        labels={labels}
        onChoose={(moment) => {
          setRemark(null);
          onChoose(moment);
        }}
      />
      <MomentCalendar
        window={window}
        selectedMs={toMinute(ms)}
        zone={zone}
        nowMs={toMinute(nowMs)}
        onChooseDay={onChooseDay}
      />
      <div className="mt-2.5 mb-3 flex items-center justify-between gap-2">
        <TimeFields wall={wall} onChange={chooseWall} />
        <p className="text-right text-12 text-ink-3">
          {otherZone !== zone ? (
            <>
              {formatClock(ms, otherZone, "millisecond")}
              <br />
              {formatZone(otherZone)}
              {otherZone !== "UTC" && `, ${formatOffset(ms, otherZone)}`}
            </>
          ) : (
            formatZone(zone)
          )}
        </p>
      </div>
      {chosen.kind !== "now" && <RepeatedHour ms={ms} zone={zone} onChoose={chooseTime} />}
      {remark && (
        <p role="status" className="mb-3 text-12 text-warn-text">
          {remark}
        </p>
      )}
      <div className="overflow-hidden rounded-2 border border-accent-line bg-surface">
        {refusal ? (
          <MomentRefusal refusal={refusal} zone={zone} nowMs={nowMs} onChoose={chooseTime} />
        ) : (
          <ResolvedMomentFacts
            resolved={resolved}
            askedMs={chosen.kind === "time" ? chosen.atMs : null}
            isNow={chosen.kind === "now"}
            commitsAfter={commitsAfter}
            zone={zone}
            otherZone={otherZone}
            nowMs={nowMs}
          />
        )}
        {mark && (
          <p className="flex items-center justify-between gap-2 border-t border-line px-3 py-2 text-12 text-ink-2">
            <span className="truncate" title={mark.sentence ?? mark.words}>
              {mark.kind === "label" ? "The state of " : "Just after "}
              <strong className={mark.isLoss ? "text-danger-text" : "text-ink"}>{mark.sentence ?? mark.words}</strong>
            </span>
            <TextButton onClick={() => onJustBefore(mark)} className="shrink-0">
              <SkipBack size={12} strokeWidth={1.8} aria-hidden />
              Just before this
            </TextButton>
          </p>
        )}
        <MomentStepper onStep={onStep} className="border-t border-line" />
      </div>
      {actions}
    </>
  );
}
