"use client";

import { useId, useState } from "react";
import type { SnapshotView } from "../../lib/client/api-types.ts";
import { formatAgo } from "../../lib/client/format-duration.ts";
import { formatClock, formatMoment, formatRelativeDay, formatZone } from "../../lib/client/format-time.ts";
import { type ParsedMomentText, parseMomentText } from "../../lib/domain/parse-moment-text.ts";
import { TextInput } from "../ui/field.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { TextButton } from "../ui/text-link.tsx";
import { type ChosenMoment, chooseLabel } from "./chosen-moment.ts";

/** The moment in words: a clock time, `5 minutes ago`, RFC 3339, a bookmark or a label. Taken over with Enter or on leaving. */
export function MomentTextField({
  chosen,
  shownMs,
  zone,
  nowMs,
  labels,
  onChoose,
}: {
  chosen: ChosenMoment;
  /** The chosen moment's time; null while it is unknown. */
  shownMs: number | null;
  zone: string;
  nowMs: number;
  labels: readonly SnapshotView[];
  onChoose: (moment: ChosenMoment) => void;
}) {
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [isTakenOver, setTakenOver] = useState(false);
  const parsed: ParsedMomentText =
    draft === null ? { kind: "empty" } : parseMomentText(draft, { nowMs, zone, chosenMs: shownMs ?? nowMs, labels });

  const choose = (moment: ChosenMoment | null) => {
    if (!moment) return;
    setDraft(null);
    setTakenOver(false);
    onChoose(moment);
  };
  const takeOver = () => {
    if (draft === null) return;
    setTakenOver(true);
    if (parsed.kind === "empty") setDraft(null);
    else if (parsed.kind === "time")
      choose(parsed.atMs >= nowMs - 500 && /now/i.test(draft) ? { kind: "now" } : { kind: "time", atMs: parsed.atMs });
    else if (parsed.kind === "bookmark") choose({ kind: "bookmark", bookmark: parsed.bookmark, atMs: null });
    else if (parsed.kind === "label") {
      const label = labels.find((one) => one.id === parsed.snapshotId);
      choose(label ? chooseLabel(label) : null);
    }
  };

  const isOpenQuestion = isTakenOver && (parsed.kind === "repeated" || parsed.kind === "skipped");
  const isRefused = isTakenOver && parsed.kind === "unreadable";
  return (
    <div className="mb-3">
      <label htmlFor={id} className="sr-only">
        Moment, in words
      </label>
      <div className="relative">
        <TextInput
          id={id}
          autoComplete="off"
          spellCheck={false}
          placeholder="5 minutes ago, a label, a bookmark"
          value={draft ?? writeChoice(chosen, shownMs, zone, nowMs)}
          aria-invalid={isRefused || undefined}
          aria-describedby={`${id}-note`}
          onFocus={(event) => event.currentTarget.select()}
          onChange={(event) => {
            setTakenOver(false);
            setDraft(event.currentTarget.value);
          }}
          onBlur={takeOver}
          onKeyDown={(event) => {
            if (event.key === "Enter") takeOver();
            if (event.key === "Escape") setDraft(null);
          }}
          className="pr-[150px] font-mono text-12"
        />
        <span className="pointer-events-none absolute top-1/2 right-2.5 max-w-36 -translate-y-1/2 truncate text-12 text-ink-3">
          {meaning(draft === null ? shownMs : parsed, chosen, zone, nowMs)}
        </span>
      </div>
      <div
        id={`${id}-note`}
        aria-live="polite"
        className={joinClasses("text-12", (isRefused || isOpenQuestion) && "mt-1.5")}
      >
        {isRefused && <p className="text-danger-text">{parsed.hint}</p>}
        {isOpenQuestion && parsed.kind === "repeated" && (
          <p className="text-warn-text">
            Happens twice in {formatZone(parsed.zone)}:{" "}
            <TextButton onClick={() => choose({ kind: "time", atMs: parsed.firstMs })}>
              first, {formatClock(parsed.firstMs, "UTC", "minute")} UTC
            </TextButton>{" "}
            or{" "}
            <TextButton onClick={() => choose({ kind: "time", atMs: parsed.secondMs })}>
              second, {formatClock(parsed.secondMs, "UTC", "minute")} UTC
            </TextButton>
          </p>
        )}
        {isOpenQuestion && parsed.kind === "skipped" && (
          <p className="text-warn-text">
            Was skipped in {formatZone(parsed.zone)}, the clocks went forward. Nearest:{" "}
            <TextButton onClick={() => choose({ kind: "time", atMs: parsed.beforeMs })}>
              <code>{formatClock(parsed.beforeMs, parsed.zone, "millisecond")}</code>
            </TextButton>{" "}
            or{" "}
            <TextButton onClick={() => choose({ kind: "time", atMs: parsed.afterMs })}>
              <code>{formatClock(parsed.afterMs, parsed.zone, "millisecond")}</code>
            </TextButton>
          </p>
        )}
      </div>
    </div>
  );
}

function writeChoice(chosen: ChosenMoment, shownMs: number | null, zone: string, nowMs: number): string {
  if (chosen.kind === "now") return "now";
  if (chosen.kind === "label") return chosen.label;
  if (shownMs === null) return chosen.kind === "bookmark" ? chosen.bookmark : "";
  return formatMoment(shownMs, zone, nowMs, "millisecond");
}

/** What the text means, in a few words beside it. */
function meaning(of: ParsedMomentText | number | null, chosen: ChosenMoment, zone: string, nowMs: number): string {
  if (of === null) return "";
  if (typeof of === "number") {
    if (chosen.kind === "now") return "the newest commit";
    return `${formatRelativeDay(of, zone, nowMs)}, ${formatAgo(of, nowMs)}`;
  }
  if (of.kind === "time") {
    if (of.atMs > nowMs) return "in the future";
    return `${formatRelativeDay(of.atMs, zone, nowMs)}, ${formatAgo(of.atMs, nowMs)}`;
  }
  if (of.kind === "bookmark") return "a bookmark";
  if (of.kind === "label") return "a label";
  if (of.kind === "repeated") return "happens twice";
  return of.kind === "skipped" ? "was skipped" : "";
}
