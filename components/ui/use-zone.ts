"use client";

import { useSyncExternalStore } from "react";

const KEY = "lastgood.zone";
const CHANGED = "lastgood:zone";

export type ZoneChoice = "utc" | "local";

const readLocal = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

function readChoice(): ZoneChoice {
  try {
    return localStorage.getItem(KEY) === "local" ? "local" : "utc";
  } catch {
    return "utc";
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener(CHANGED, listener);
  addEventListener("storage", listener);
  return () => {
    removeEventListener(CHANGED, listener);
    removeEventListener("storage", listener);
  };
}

function choose(choice: ZoneChoice): void {
  try {
    localStorage.setItem(KEY, choice);
  } catch (error) {
    console.warn("the zone is not remembered", error);
  }
  dispatchEvent(new Event(CHANGED));
}

/**
 * The zone that times are shown in, everywhere at once: `zone` is the chosen one, `otherZone` is shown beside it. One
 * instant is stored; the zone only changes how it is written. UTC while the server renders.
 */
export function useZone() {
  const choice = useSyncExternalStore(subscribe, readChoice, () => "utc" as const);
  const local = useSyncExternalStore(subscribe, readLocal, () => "UTC");
  return {
    choice,
    choose,
    local,
    zone: choice === "utc" ? "UTC" : local,
    otherZone: choice === "utc" ? local : "UTC",
  };
}
