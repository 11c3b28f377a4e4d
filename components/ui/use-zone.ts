"use client";

import { useSyncExternalStore } from "react";

const KEY = "lastgood.zone";
const CHANGED = "lastgood:zone";

export type ZoneChoice = "utc" | "local";

let local: string | null = null;

/** Kept, since making a format for it takes long and every time on a page asks; a browser that was taken elsewhere is asked again. */
function readLocal(): string {
  local ??= Intl.DateTimeFormat().resolvedOptions().timeZone;
  return local;
}

function subscribeLocal(listener: () => void): () => void {
  const readAgain = () => {
    local = null;
    listener();
  };
  addEventListener("focus", readAgain);
  return () => removeEventListener("focus", readAgain);
}

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
  const here = useSyncExternalStore(subscribeLocal, readLocal, () => "UTC");
  return {
    choice,
    choose,
    local: here,
    zone: choice === "utc" ? "UTC" : here,
    otherZone: choice === "utc" ? here : "UTC",
  };
}
