"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useId, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import type { AccountView } from "../../lib/client/account-types.ts";
import { passwordSchema } from "../../lib/domain/names.ts";
import { Button } from "../ui/button.tsx";
import { Dialog } from "../ui/dialog.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import type { AccountActions } from "./account-actions.ts";
import { AccountSection } from "./account-section.tsx";
import { useAccountAction } from "./use-account-action.ts";

/** The password, and its change. */
export function PasswordSection({
  account,
  renewPassword,
}: {
  account: AccountView;
  renewPassword: AccountActions["renewPassword"];
}) {
  const [isOpen, setOpen] = useState(false);
  const [isDone, setDone] = useState(false);
  return (
    <AccountSection
      id="password-title"
      title="Password"
      action={
        <Button size="small" onClick={() => setOpen(true)}>
          Change password…
        </Button>
      }
    >
      <p className="text-ink-2" role="status">
        {isDone
          ? "Changed. Every other browser was signed out."
          : "Changing it signs every other browser out. API tokens stay: revoke them by themselves."}
      </p>
      {isOpen && (
        <PasswordDialog
          email={account.email}
          renewPassword={renewPassword}
          onClose={() => setOpen(false)}
          onDone={() => {
            setDone(true);
            setOpen(false);
          }}
        />
      )}
    </AccountSection>
  );
}

const schema = z
  .object({ present: z.string().min(1, "Give your present password."), next: passwordSchema, again: z.string() })
  .refine(({ next, again }) => next === again, { path: ["again"], error: "The two are not the same." });

function PasswordDialog({
  email,
  renewPassword,
  onClose,
  onDone,
}: {
  email: string;
  renewPassword: AccountActions["renewPassword"];
  onClose: () => void;
  onDone: () => void;
}) {
  const formId = useId();
  const change = useAccountAction(renewPassword);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { present: "", next: "", again: "" } });
  const { errors } = form.formState;
  const submit = form.handleSubmit(({ present, next }) => change.mutate({ present, next }, { onSuccess: onDone }));
  return (
    <Dialog
      open
      onOpenChange={(open) => !open && !change.isPending && onClose()}
      title="Change your password"
      description="Every other browser that is signed in as you is signed out."
      footer={
        <>
          <span className="flex-1 max-wide:hidden" />
          <Button tone="quiet" onClick={onClose} disabled={change.isPending} className="max-wide:flex-1">
            Close
          </Button>
          <Button tone="primary" type="submit" form={formId} disabled={change.isPending} className="max-wide:flex-1">
            {change.isPending ? "Changing…" : "Change password"}
          </Button>
        </>
      }
    >
      <form id={formId} onSubmit={submit} method="post" noValidate className="grid gap-4 px-6 py-5 max-wide:px-4">
        <input type="email" autoComplete="username" value={email} readOnly hidden />
        <Field label="Present password" error={errors.present?.message}>
          {(control) => (
            <TextInput
              {...control}
              autoFocus
              type="password"
              autoComplete="current-password"
              {...form.register("present")}
            />
          )}
        </Field>
        <Field label="New password" hint="12 characters at least." error={errors.next?.message}>
          {(control) => (
            <TextInput {...control} type="password" autoComplete="new-password" {...form.register("next")} />
          )}
        </Field>
        <Field label="The new one again" error={errors.again?.message}>
          {(control) => (
            <TextInput {...control} type="password" autoComplete="new-password" {...form.register("again")} />
          )}
        </Field>
        {change.error && <ErrorNote error={change.error} />}
      </form>
    </Dialog>
  );
}
