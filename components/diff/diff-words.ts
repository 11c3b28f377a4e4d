import type { DiffKind } from "../../lib/domain/diff.ts";

/** What became of a row since the moment that is looked at: words, and the colours that go with them. */
export const SINCE_WORDS: Record<DiffKind, { words: string; text: string; edge: string; row: string }> = {
  removed: {
    words: "deleted since",
    text: "text-ok-text",
    edge: "[&>td:first-child]:shadow-[inset_3px_0_0_var(--ok)]",
    row: "bg-ok-soft",
  },
  changed: {
    words: "changed since",
    text: "text-warn-text",
    edge: "[&>td:first-child]:shadow-[inset_3px_0_0_var(--warn)]",
    row: "",
  },
  added: {
    words: "added since",
    text: "text-danger-text",
    edge: "[&>td:first-child]:shadow-[inset_3px_0_0_var(--danger)]",
    row: "text-ink-2",
  },
};

/** The same as a count says it: `18,402 deleted since`, `212 changed`, `37 added`. */
export const COUNT_WORDS: Record<DiffKind, string> = { removed: "deleted since", changed: "changed", added: "added" };
