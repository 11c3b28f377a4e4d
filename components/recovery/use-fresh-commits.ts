"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useMemo, useRef } from "react";
import { useCommits } from "../../lib/client/hooks/use-history.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import type { CommitSummary } from "../../lib/domain/recovery-window.ts";

const NEIGHBOURS = 200;
const LEAST_PAUSE_MS = 2_000;
const NONE: readonly CommitSummary[] = [];

/**
 * The commits around a moment, oldest first; null waits. As long as the newest commit is among them they are asked for
 * anew when another one is captured, every two seconds at most.
 */
export function useFreshCommits(namespace: string, database: string, centreMs: number | null, newest: string | null) {
  const queryClient = useQueryClient();
  const around = useMemo(
    () => (centreMs === null ? null : { atMs: centreMs, before: NEIGHBOURS, after: NEIGHBOURS }),
    [centreMs],
  );
  const { data } = useCommits(namespace, database, around);
  const commits = data?.commits ?? NONE;
  const askedAtMs = useRef(0);
  const reachesEnd = centreMs !== null && commits.filter((commit) => commit.timeMs > centreMs).length < NEIGHBOURS;
  const isMissing = newest !== null && commits.length > 0 && !commits.some((commit) => commit.bookmark === newest);
  useEffect(() => {
    if (around === null || !reachesEnd || !isMissing) return;
    const waitMs = Math.max(0, askedAtMs.current + LEAST_PAUSE_MS - Date.now());
    const timer = setTimeout(() => {
      askedAtMs.current = Date.now();
      void queryClient.invalidateQueries({ queryKey: queryKeys.commits(namespace, database, around) });
    }, waitMs);
    return () => clearTimeout(timer);
  }, [namespace, database, around, reachesEnd, isMissing, queryClient]);
  return commits;
}
