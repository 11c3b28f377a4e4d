"use client";

import { Ban, CircleCheck, TriangleAlert, Undo2 } from "lucide-react";
import { useState } from "react";
import type { DatabaseView, RestoreView } from "../../lib/client/api-types.ts";
import { formatClock, formatMoment, formatZone } from "../../lib/client/format-time.ts";
import { isCancellableStage } from "../../lib/domain/restore-stages.ts";
import { ProvenLine } from "../exposure/proven-line.tsx";
import type { GiveBackActions } from "../give-back/give-back-actions.ts";
import { UndoGiveBackDialog } from "../give-back/give-back-dialog.tsx";
import { AnswerHead } from "../shell/answer-head.tsx";
import { Fact, FactStrip } from "../shell/fact-strip.tsx";
import { Note } from "../ui/note.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { doneWords } from "./done-words.ts";
import type { RestoreActions } from "./restore-actions.ts";
import { restoreHref, stageWords } from "./restore-words.ts";
import { UndoButton } from "./undo-button.tsx";
import { WhatToDo } from "./what-to-do.tsx";

/** A restore that has reached its moment. */
export function CompletedReport({
  restore,
  database,
  zone,
  nowMs,
  undo,
  undoRows,
}: {
  restore: RestoreView;
  database: DatabaseView;
  zone: string;
  nowMs: number;
  undo: RestoreActions["undo"];
  undoRows: GiveBackActions["undo"];
}) {
  const [asksFirst, setAsksFirst] = useState(false);
  const reached = restore.reached ?? restore.to;
  const { question, answer, lede } = doneWords(restore, zone, nowMs);
  const canUndo = restore.previous !== null && restore.undoneBy === null;
  return (
    <>
      <AnswerHead
        question={
          <>
            <CircleCheck size={16} strokeWidth={1.6} aria-hidden className="text-ok-text" />
            {question}
          </>
        }
        answer={answer}
        lede={<p>{lede}</p>}
      />
      {canUndo && restore.previous && (
        <Note
          tone="accent"
          className="mt-5 p-4"
          icon={<Undo2 size={16} strokeWidth={1.6} aria-hidden />}
          action={
            <UndoButton
              restore={restore}
              undo={undo}
              tone="primary"
              size="normal"
              words={restore.target === "rows" ? "Undo this" : "Undo this restore"}
              onStopped={() => setAsksFirst(restore.target === "rows")}
            />
          }
        >
          <strong className="block">Not what you wanted?</strong>
          <span className="text-ink-2">
            {restore.target === "rows"
              ? "Undo sets these rows back to what they were before; everything else stays."
              : `Undo brings back the state of ${formatMoment(restore.previous.timeMs, zone, nowMs, "millisecond")}, possible for as long as it is in the window.`}
          </span>
        </Note>
      )}
      {restore.undoneBy !== null && (
        <Note
          className="mt-5"
          icon={<Undo2 size={16} strokeWidth={1.6} aria-hidden />}
          title="This restore was undone."
        >
          <TextLink href={restoreHref({ databaseName: restore.databaseName, id: restore.undoneBy })}>
            See how that went
          </TextLink>
        </Note>
      )}
      <FactStrip>
        <Fact term="Asked for">
          {restore.askedMs === null ? "a commit" : formatMoment(restore.askedMs, zone, nowMs, "millisecond")}
        </Fact>
        <Fact term="Resolved to">{formatMoment(restore.to.timeMs, zone, nowMs, "millisecond")}</Fact>
        <Fact term="Reached">
          <span className="text-ok-text">{formatMoment(reached.timeMs, zone, nowMs, "millisecond")}</span>
        </Fact>
      </FactStrip>
      <ProvenLine database={database.name} className="-mt-2 mb-5" />
      <WhatToDo restore={restore} database={database} />
      {asksFirst && (
        <UndoGiveBackDialog
          database={database}
          fromMs={restore.to.timeMs}
          restoreId={restore.id}
          undo={undoRows}
          onClose={() => setAsksFirst(false)}
        />
      )}
    </>
  );
}

/** A restore that ended without reaching its moment. */
export function EndedReport({ restore, zone }: { restore: RestoreView; zone: string }) {
  const isCancelled = restore.status === "cancelled";
  const wasUntouched = isCancellableStage(restore, restore.stage);
  const where = restore.stage === null ? "before it began" : stageWords(restore.stage, restore).failed;
  return (
    <>
      <AnswerHead
        question={
          <>
            {isCancelled ? (
              <Ban size={16} strokeWidth={1.6} aria-hidden />
            ) : (
              <TriangleAlert size={16} strokeWidth={1.6} aria-hidden className="text-danger-text" />
            )}
            Restoring {restore.databaseName} to {formatClock(restore.to.timeMs, zone, "millisecond")} {formatZone(zone)}
          </>
        }
        answer={isCancelled ? "Cancelled." : `It stopped ${where}.`}
        lede={
          wasUntouched
            ? `${restore.databaseName} was not touched.`
            : `Look at ${restore.databaseName} before you go on: the timeline shows whether the restore is part of its history.`
        }
      />
      {restore.error && !isCancelled && (
        <Note
          tone="danger"
          className="mt-5"
          icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
          title={restore.error.message}
        >
          {restore.error.hint} <code className="text-ink-2">{restore.error.code}</code>
        </Note>
      )}
      <p className="mt-5">
        <TextLink
          href={`/databases/${encodeURIComponent(restore.databaseName)}/backups?at=${restore.askedMs ?? restore.to.timeMs}`}
        >
          Choose the moment again
        </TextLink>
      </p>
    </>
  );
}
