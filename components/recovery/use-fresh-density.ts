"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useDensity } from "../../lib/client/hooks/use-history.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";

const MOST_PAUSE_MS = 10_000;
const LEAST_PAUSE_MS = 2_000;

type Range = { fromMs: number; toMs: number; buckets: number };

/**
 * Commits per stretch of time, asked for anew after a commit was captured: every ten seconds at most,
 * where bars are short-lived every two. A database that
 * nobody writes to is not asked about again.
 */
export function useFreshDensity(namespace: string, database: string, range: Range | null, newest: string | null) {
  const queryClient = useQueryClient();
  const density = useDensity(namespace, database, range);
  const seen = useRef(newest);
  const askedAtMs = useRef(0);
  const barMs = range === null ? 0 : (range.toMs - range.fromMs) / range.buckets;
  const pauseMs = Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, barMs * 4));
  useEffect(() => {
    if (range === null || newest === null || newest === seen.current) return;
    const ask = () => {
      seen.current = newest;
      askedAtMs.current = Date.now();
      void queryClient.invalidateQueries({ queryKey: queryKeys.density(namespace, database, range) });
    };
    const waitMs = Math.max(0, askedAtMs.current + pauseMs - Date.now());
    const timer = setTimeout(ask, waitMs);
    return () => clearTimeout(timer);
  }, [namespace, database, range, newest, pauseMs, queryClient]);
  return density;
}
