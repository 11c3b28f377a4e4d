"use client";

import { useSyncExternalStore } from "react";

const KEY = "lastgood.theme";
const CHANGED = "lastgood:theme";

export type ThemeChoice = "system" | "light" | "dark";

function read(): ThemeChoice {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
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

function choose(choice: ThemeChoice): void {
  try {
    if (choice === "system") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, choice);
  } catch (error) {
    console.warn("the theme is not remembered", error);
  }
  dispatchEvent(new Event(CHANGED));
}

/** The person's choice of theme; `public/theme.js` puts it into effect. */
export function useTheme() {
  return { choice: useSyncExternalStore(subscribe, read, () => "system" as const), choose };
}
