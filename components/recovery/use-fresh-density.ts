"use client";

import { useMemo } from "react";
import { useDensity } from "../../lib/client/hooks/use-history.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import { useAskAgain } from "./use-ask-again.ts";

const MOST_PAUSE_MS = 10_000;
const LEAST_PAUSE_MS = 2_000;

type Range = { fromMs: number; toMs: number; buckets: number };

/** Commits per stretch of time, asked for anew after a commit was captured: every ten seconds at most, where bars are short-lived every two. */
export function useFreshDensity(namespace: string, database: string, range: Range | null, newest: string | null) {
  const density = useDensity(namespace, database, range);
  const barMs = range === null ? 0 : (range.toMs - range.fromMs) / range.buckets;
  const pauseMs = Math.min(MOST_PAUSE_MS, Math.max(LEAST_PAUSE_MS, barMs * 4));
  const key = useMemo(() => range && queryKeys.density(namespace, database, range), [namespace, database, range]);
  useAskAgain(key, newest, pauseMs);
  return density;
}
