"use client";

import { useMemo } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useBackups } from "../../lib/client/hooks/use-backups.ts";
import { useResolvedMoment, useWindow } from "../../lib/client/hooks/use-history.ts";
import { useRestores } from "../../lib/client/hooks/use-restores.ts";
import { useSnapshots } from "../../lib/client/hooks/use-snapshots.ts";
import type { ResolvedMoment } from "../../lib/domain/moment.ts";
import { placeMoment, type RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { backupTitle } from "../backups/backup-words.ts";
import { type ChosenMoment, toResolveQuestion } from "./chosen-moment.ts";
import { type Refusal, refusalFromError, refusalOf } from "./moment-refusal.tsx";
import type { Mark } from "./timeline/layout-marks.ts";
import { useFreshCommits } from "./use-fresh-commits.ts";

const NOW_STEP_MS = 10_000;

/** Everything that the Backups tab asks the server about a database and a chosen moment. */
export function useRecoveryData(namespace: string, database: DatabaseView, settled: ChosenMoment, nowMs: number) {
  const window = useWindow(namespace, database.name);
  const labels = useSnapshots(namespace, database.name);
  const restores = useRestores(namespace, database.name);
  const backups = useBackups(namespace, database.name);

  const askedMs = settled.kind === "now" ? null : settled.atMs;
  const placement = window.data && askedMs !== null ? placeMoment(window.data, askedMs, nowMs) : null;
  const windowRefusal: Refusal | null = placement && settled.kind === "time" ? refusalOf(placement) : null;
  const question = windowRefusal ? null : toResolveQuestion(settled);
  const resolving = useResolvedMoment(namespace, database.name, question);

  const newest = newestOf(database);
  const silence: Refusal | null =
    settled.kind === "now" && newest === null
      ? { cause: "Nothing is being captured right now, so there is no newest commit.", nearest: lastKnown(window.data) }
      : null;
  const refusal = silence ?? windowRefusal ?? (resolving.error ? refusalFromError(resolving.error) : null);
  const found: ResolvedMoment | null = settled.kind === "now" ? newest : (resolving.data ?? null);
  const commitsAfter = found && newest && settled.kind !== "now" ? Math.max(0, newest.txid - found.txid) : null;

  // Now moves on: its commits are asked for in steps of ten seconds, so that the question stays the same for a while.
  const nowCentreMs = newest === null ? null : Math.ceil(newest.timeMs / NOW_STEP_MS) * NOW_STEP_MS;
  const centreMs = settled.kind === "now" ? nowCentreMs : (askedMs ?? found?.timeMs ?? null);
  const commits = useFreshCommits(namespace, database.name, centreMs, newest?.bookmark ?? null);
  const known = commits.find((commit) => commit.bookmark === found?.bookmark);
  const resolved = found && known ? { ...found, pages: known.pages } : found;

  const marks = useMemo<Mark[]>(() => {
    const pinned = (labels.data ?? []).flatMap((label) =>
      label.timeMs === null || !label.recoverable
        ? []
        : [{ id: label.id, kind: "label" as const, ms: label.timeMs, bookmark: label.bookmark, words: label.label }],
    );
    const done = (restores.data ?? []).flatMap((restore) =>
      restore.status !== "completed" || restore.finishedAtMs === null
        ? []
        : [
            {
              id: restore.id,
              kind: "restore" as const,
              ms: restore.finishedAtMs,
              bookmark: restore.restoreBookmark,
              words: restore.source === "undo" ? "Undo" : "Restore",
            },
          ],
    );
    const stored = (backups.data?.backups ?? []).flatMap((backup) =>
      backup.status !== "completed" || backup.deleted !== null || backup.timeMs === null
        ? []
        : [
            {
              id: backup.id,
              kind: "backup" as const,
              ms: backup.timeMs,
              bookmark: backup.bookmark,
              words: backupTitle(backup),
            },
          ],
    );
    return [...pinned, ...done, ...stored];
  }, [labels.data, restores.data, backups.data]);

  return {
    window,
    labels,
    restores,
    marks,
    commits,
    resolved,
    refusal,
    commitsAfter,
    newest,
  };
}

function lastKnown(window: RecoveryWindow | undefined): number[] {
  return window?.newest ? [window.newest.timeMs] : [];
}

function newestOf({ capture }: DatabaseView): ResolvedMoment | null {
  if (!capture?.last) return null;
  const { bookmark, timeMs, txid } = capture.last;
  return { bookmark, timeMs, txid, askedMs: null, pages: 0 };
}
