"use client";

import { useSyncExternalStore } from "react";

const never = () => () => undefined;

/**
 * False while the server renders and while its page is taken over, true from then on: for what only the browser knows. What
 * differs between the two makes React draw the whole page anew.
 */
export function useHydrated(): boolean {
  return useSyncExternalStore(
    never,
    () => true,
    () => false,
  );
}
