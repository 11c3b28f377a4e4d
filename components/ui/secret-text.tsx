"use client";

import { Check, Copy } from "lucide-react";
import { useState } from "react";
import { Button } from "./button.tsx";

/** Something that is shown once: the whole of it, selected with one click, and a button that copies it. */
export function SecretText({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<"rest" | "copied" | "refused">("rest");
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState("copied");
    } catch {
      setState("refused");
    }
  };
  return (
    <section aria-label={label}>
      <p className="mb-2 rounded-2 border border-line-strong bg-sunken px-3 py-2.5 font-mono text-12 wrap-anywhere whitespace-pre-wrap select-all">
        {text}
      </p>
      <Button onClick={() => void copy()} size="small">
        {state === "copied" ? <Check size={14} aria-hidden /> : <Copy size={14} strokeWidth={1.6} aria-hidden />}
        {state === "copied" ? "Copied" : "Copy"}
      </Button>
      <span role="status" className="ml-2 text-12 text-ink-3">
        {state === "refused" ? "The browser did not allow copying; select it instead." : ""}
      </span>
    </section>
  );
}
