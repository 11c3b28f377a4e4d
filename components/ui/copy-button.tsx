"use client";

import { Check, Copy } from "lucide-react";
import { useEffect, useState } from "react";
import { joinClasses } from "./join-classes.ts";

/** Copies a text and says so for two seconds. */
export function CopyButton({ text, label, className }: { text: string; label: string; className?: string }) {
  const [state, setState] = useState<"rest" | "copied" | "refused">("rest");
  useEffect(() => {
    if (state === "rest") return;
    const timer = setTimeout(() => setState("rest"), 2_000);
    return () => clearTimeout(timer);
  }, [state]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  return (
    <button
      type="button"
      onClick={copy}
      aria-label={label}
      title={label}
      className={joinClasses(
        "relative -m-1 inline-flex size-6 items-center justify-center rounded-1 text-accent before:absolute before:inset-0 hover:bg-accent-soft max-wide:before:-inset-3",
        className,
      )}
    >
      {state === "copied" ? <Check size={12} aria-hidden /> : <Copy size={12} strokeWidth={1.8} aria-hidden />}
      <span role="status" className="sr-only">
        {state === "copied" ? "Copied" : state === "refused" ? "The browser did not allow copying" : ""}
      </span>
    </button>
  );
}
