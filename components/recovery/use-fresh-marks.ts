"use client";

import { useMemo } from "react";
import type { MarksView } from "../../lib/client/api-types.ts";
import { useMarks } from "../../lib/client/hooks/use-history.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import type { CommitMark } from "../../lib/domain/commit-mark.ts";
import { useAskAgain } from "./use-ask-again.ts";
import { useStable } from "./use-stable.ts";

const PAUSE_MS = 5_000;

type Range = { fromMs: number; toMs: number };

/**
 * The large deletes and schema changes of the whole window, and those of the view: where it is closer, smaller ones have room
 * too. Asked for anew after a commit was captured.
 */
export function useFreshMarks(
  namespace: string,
  database: string,
  { window, view }: { window: Range; view: Range },
  newest: string | null,
) {
  const windowRange = useStable({ fromMs: window.fromMs, toMs: window.toMs });
  const viewRange = useStable({ fromMs: view.fromMs, toMs: view.toMs });
  const ofWindow = useMarks(namespace, database, windowRange);
  // What the window's answer holds in full need not be asked for again.
  const isWhole = ofWindow.data !== undefined && ofWindow.data.leftOut === 0;
  const ofView = useMarks(namespace, database, isWhole ? null : viewRange);
  const windowKey = useMemo(
    () => queryKeys.marks(namespace, database, windowRange),
    [namespace, database, windowRange],
  );
  const viewKey = useMemo(() => queryKeys.marks(namespace, database, viewRange), [namespace, database, viewRange]);
  useAskAgain(windowKey, newest, PAUSE_MS);
  useAskAgain(isWhole ? null : viewKey, newest, PAUSE_MS);
  const marks = useMemo(
    () => joinMarks(ofWindow.data, isWhole ? undefined : ofView.data),
    [ofWindow.data, ofView.data, isWhole],
  );
  return { marks, reading: ofWindow.data?.isReading ? { throughMs: ofWindow.data.readThroughMs } : null };
}

function joinMarks(...answers: readonly (MarksView | undefined)[]): CommitMark[] {
  const byId = new Map(answers.flatMap((answer) => answer?.marks ?? []).map((mark) => [mark.id, mark]));
  return [...byId.values()].sort((a, b) => a.txid - b.txid);
}
