"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import { type ChosenMoment, readMoment, writeMoment } from "./chosen-moment.ts";

const SETTLE_MS = 140;

/**
 * The chosen moment, kept in the address so that a reload keeps it. `chosen` follows every move of the cursor;
 * `settled` is what the server is asked about, a moment after the last move.
 */
export function useChosenMoment() {
  const search = useSearchParams();
  const [chosen, setChosen] = useState<ChosenMoment>(() => readMoment(new URLSearchParams(search)));
  const [settled, setSettled] = useState(chosen);
  useEffect(() => {
    if (chosen === settled) return;
    const timer = setTimeout(() => {
      setSettled(chosen);
      history.replaceState(history.state, "", `${location.pathname}${writeMoment(chosen)}`);
    }, SETTLE_MS);
    return () => clearTimeout(timer);
  }, [chosen, settled]);
  /** Chooses without waiting: for what is no drag. */
  const choose = useCallback((moment: ChosenMoment) => setChosen(moment), []);
  return { chosen, settled, isSettled: chosen === settled, choose };
}
