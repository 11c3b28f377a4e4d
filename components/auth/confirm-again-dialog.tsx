"use client";

import { type ReactNode, useCallback, useId, useRef, useState } from "react";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { type AskToConfirm, ConfirmContext } from "../../lib/client/hooks/use-confirmed-action.ts";
import { unwrapActionResult } from "../../lib/client/hooks/use-server-action.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { CodeInput } from "./code-input.tsx";

export type ConfirmAction = (input: { password: string } | { code: string }) => Promise<ActionResult<null>>;

type Factor = "password" | "code";

/**
 * Lets everything below it ask for the password, or a code, before something that destroys: actions that are answered
 * `confirmation_needed` open the dialog and are made again once it was answered.
 */
export function ConfirmAgain({ confirm, children }: { confirm: ConfirmAction; children: ReactNode }) {
  const [factor, setFactor] = useState<Factor | null>(null);
  const waiting = useRef<((confirmed: boolean) => void) | null>(null);
  const ask = useCallback<AskToConfirm>(({ factor = "password" }) => {
    waiting.current?.(false);
    setFactor(factor);
    return new Promise((resolve) => {
      waiting.current = resolve;
    });
  }, []);
  const end = (confirmed: boolean) => {
    setFactor(null);
    waiting.current?.(confirmed);
    waiting.current = null;
  };
  return (
    <ConfirmContext value={ask}>
      {children}
      {factor && <ConfirmAgainDialog factor={factor} confirm={confirm} onEnd={end} />}
    </ConfirmContext>
  );
}

function ConfirmAgainDialog({
  factor,
  confirm,
  onEnd,
}: {
  factor: Factor;
  confirm: ConfirmAction;
  onEnd: (confirmed: boolean) => void;
}) {
  const formId = useId();
  const [text, setText] = useState("");
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const field = useRef<HTMLInputElement>(null);
  const submit = async () => {
    if (text === "" || isBusy) return;
    setBusy(true);
    setError(null);
    try {
      unwrapActionResult(await confirm(factor === "code" ? { code: text } : { password: text }));
      onEnd(true);
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error("confirming failed", { cause }));
      setBusy(false);
      setText("");
      field.current?.focus();
    }
  };
  const shared = {
    ref: field,
    autoFocus: true,
    value: text,
    onChange: (event: { currentTarget: HTMLInputElement }) => setText(event.currentTarget.value),
  };
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !isBusy && onEnd(false)}
      title="Is it still you?"
      description={
        factor === "code"
          ? "The last code was more than 10 minutes ago, and what you are about to do needs one."
          : "You gave your password more than 10 minutes ago, and what you are about to do needs it."
      }
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={() => onEnd(false)} disabled={isBusy} className="max-wide:flex-1">
            Close, nothing starts
          </Button>
          <Button
            tone="primary"
            type="submit"
            form={formId}
            disabled={text === "" || isBusy}
            className="max-wide:flex-1"
          >
            {isBusy ? "Checking…" : "Go on"}
          </Button>
        </>
      }
    >
      <form
        id={formId}
        method="post"
        className="grid gap-4 px-6 py-5 max-wide:px-4"
        onSubmit={(event) => {
          event.preventDefault();
          void submit();
        }}
      >
        <Field
          label={factor === "code" ? "Code" : "Your password"}
          hint={factor === "code" ? "Six digits of your authenticator app, or a recovery code." : undefined}
        >
          {(control) =>
            factor === "code" ? (
              <CodeInput {...control} {...shared} />
            ) : (
              <TextInput {...control} {...shared} type="password" autoComplete="current-password" />
            )
          }
        </Field>
        {error && <ErrorNote error={error} />}
      </form>
    </Dialog>
  );
}
