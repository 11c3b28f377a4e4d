"use client";

import { useId, useState } from "react";
import { CodeInput } from "../auth/code-input.tsx";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import type { AccountActions } from "./account-actions.ts";
import { useAccountAction } from "./use-account-action.ts";

/** The end of the second factor takes both: password and code. */
export function TurnOffDialog({
  turnOff,
  onClose,
}: {
  turnOff: AccountActions["turnSecondFactorOff"];
  onClose: () => void;
}) {
  const formId = useId();
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const ending = useAccountAction(turnOff);
  const isReady = password !== "" && code !== "" && !ending.isPending;
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !ending.isPending && onClose()}
      title="Turn the second factor off?"
      description="From then on only your password guards this account. The recovery codes end with it."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={ending.isPending} className="max-wide:flex-1">
            Keep it
          </Button>
          <Button tone="danger" type="submit" form={formId} disabled={!isReady} className="max-wide:flex-1">
            {ending.isPending ? "Turning off…" : "Turn off"}
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
          if (isReady) ending.mutate({ password, code }, { onSuccess: onClose });
        }}
      >
        <Field label="Your password">
          {(control) => (
            <TextInput
              {...control}
              autoFocus
              type="password"
              autoComplete="current-password"
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Code" hint="Six digits of your authenticator app, or a recovery code.">
          {(control) => (
            <CodeInput {...control} value={code} onChange={(event) => setCode(event.currentTarget.value)} />
          )}
        </Field>
        {ending.error && <ErrorNote error={ending.error} />}
      </form>
    </Dialog>
  );
}
