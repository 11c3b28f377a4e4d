"use client";

import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import { Button, type ButtonProps } from "./button.tsx";
import { StillNeeded } from "./still-needed.tsx";

/** The foot of a dialog that does something: what is still missing, the way out, and the one button that starts it. */
export function ConfirmFooter({
  form,
  needs = [],
  closeWords,
  onClose,
  aside,
  tone,
  icon: Icon,
  words,
  busyWords,
  isBusy,
  canStart,
}: {
  /** Id of the form that the button submits. */
  form: string;
  needs?: { what: string; met: boolean }[];
  /** Says that nothing happens: `Close, nothing starts`. */
  closeWords: string;
  onClose: () => void;
  /** Between the way out and the button: a look at something first. */
  aside?: ReactNode;
  tone: ButtonProps["tone"];
  icon: LucideIcon;
  words: string;
  busyWords: string;
  isBusy: boolean;
  canStart: boolean;
}) {
  return (
    <>
      {needs.length > 0 ? <StillNeeded needs={needs} /> : <span className="flex-1 max-wide:hidden" />}
      <Button tone="quiet" onClick={onClose} disabled={isBusy} className="max-wide:flex-1">
        {closeWords}
      </Button>
      {aside}
      <Button tone={tone} type="submit" form={form} disabled={!canStart || isBusy} className="max-wide:flex-1">
        <Icon size={16} strokeWidth={1.6} aria-hidden />
        {isBusy ? busyWords : words}
      </Button>
    </>
  );
}
