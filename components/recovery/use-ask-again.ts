"use client";

import { type QueryKey, useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";

/**
 * Asks a question anew after another commit was captured, with at least `pauseMs` between two times. A database that nobody
 * writes to is not asked about again. A null key waits; it has to stay the same object while the question does.
 */
export function useAskAgain(queryKey: QueryKey | null, newest: string | null, pauseMs: number) {
  const queryClient = useQueryClient();
  const seen = useRef(newest);
  const askedAtMs = useRef(0);
  useEffect(() => {
    if (queryKey === null || newest === null || newest === seen.current) return;
    const ask = () => {
      seen.current = newest;
      askedAtMs.current = Date.now();
      void queryClient.invalidateQueries({ queryKey });
    };
    const waitMs = Math.max(0, askedAtMs.current + pauseMs - Date.now());
    const timer = setTimeout(ask, waitMs);
    return () => clearTimeout(timer);
  }, [queryKey, newest, pauseMs, queryClient]);
}
