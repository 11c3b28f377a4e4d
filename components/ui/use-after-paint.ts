"use client";

import { startTransition, useEffect, useState } from "react";

/**
 * False while a part of the page is drawn for the first time, true once that was painted: for what stands beside the part that
 * somebody came for, and may come a frame later.
 */
export function useAfterPaint(): boolean {
  const [isPainted, setPainted] = useState(false);
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | null = null;
    // A task behind the next frame: the frame itself is what is waited for.
    const frame = requestAnimationFrame(() => {
      timer = setTimeout(() => startTransition(() => setPainted(true)));
    });
    return () => {
      cancelAnimationFrame(frame);
      if (timer !== null) clearTimeout(timer);
    };
  }, []);
  return isPainted;
}
