"use client";

import { useLayoutEffect, useRef, useState } from "react";
import { useHydrated } from "../../../lib/client/hooks/use-hydrated.ts";

/**
 * The width of an element in whole px, null until it was measured. Where `expect` tells it beforehand, what stands in it need
 * not be drawn a second time; where it is wrong, it is corrected before anybody sees it.
 */
export function useWidth<Element extends HTMLElement>(expect: () => number | null) {
  const ref = useRef<Element>(null);
  const isHydrated = useHydrated();
  const [width, setWidth] = useState(() => (isHydrated ? expect() : null));
  useLayoutEffect(() => {
    const element = ref.current;
    if (!element) return;
    setWidth(Math.floor(element.clientWidth));
    const observer = new ResizeObserver(([entry]) => entry && setWidth(Math.floor(entry.contentRect.width)));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return { ref, width };
}
