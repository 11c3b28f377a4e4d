"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useDensity } from "../../lib/client/hooks/use-history.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";

const LEAST_PAUSE_MS = 10_000;

type Range = { fromMs: number; toMs: number; buckets: number };

/**
 * Commits per stretch of time, asked for anew after a commit was captured, every ten seconds at most. A database that
 * nobody writes to is not asked about again.
 */
export function useFreshDensity(namespace: string, database: string, range: Range | null, newest: string | null) {
  const queryClient = useQueryClient();
  const density = useDensity(namespace, database, range);
  const seen = useRef(newest);
  const askedAtMs = useRef(0);
  useEffect(() => {
    if (range === null || newest === null || newest === seen.current) return;
    const ask = () => {
      seen.current = newest;
      askedAtMs.current = Date.now();
      void queryClient.invalidateQueries({ queryKey: queryKeys.density(namespace, database, range) });
    };
    const waitMs = Math.max(0, askedAtMs.current + LEAST_PAUSE_MS - Date.now());
    const timer = setTimeout(ask, waitMs);
    return () => clearTimeout(timer);
  }, [namespace, database, range, newest, queryClient]);
  return density;
}
