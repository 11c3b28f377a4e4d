"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { unwrapActionResult } from "../../lib/client/hooks/use-server-action.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { type CodeAction, CodeForm } from "./code-form.tsx";

export type SignInAction = (input: {
  email: string;
  password: string;
}) => Promise<ActionResult<{ needsCode: boolean }>>;

/** E-mail and password, and then a code where the account has a second factor. */
export function SignInForm({
  signIn,
  signInWithCode,
  email = "",
  next = "/",
}: {
  signIn: SignInAction;
  signInWithCode: CodeAction;
  /** Filled in already, where it is known who should sign in. */
  email?: string;
  /** Where a signed-in person goes: a path of ours. */
  next?: string;
}) {
  const [needsCode, setNeedsCode] = useState(false);
  if (needsCode) return <CodeForm signInWithCode={signInWithCode} next={next} onBack={() => setNeedsCode(false)} />;
  return <PasswordForm signIn={signIn} email={email} next={next} onCodeNeeded={() => setNeedsCode(true)} />;
}

function PasswordForm({
  signIn,
  email,
  next,
  onCodeNeeded,
}: {
  signIn: SignInAction;
  email: string;
  next: string;
  onCodeNeeded: () => void;
}) {
  const router = useRouter();
  const [error, setError] = useState<Error | null>(null);
  const [isDone, setDone] = useState(false);
  const form = useForm({ defaultValues: { email, password: "" } });
  const submit = form.handleSubmit(async (values) => {
    setError(null);
    try {
      const { needsCode } = unwrapActionResult(await signIn(values));
      if (needsCode) return onCodeNeeded();
      setDone(true);
      router.replace(next);
      router.refresh();
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error("signing in failed", { cause }));
      form.resetField("password");
      form.setFocus("password");
    }
  });
  const isBusy = form.formState.isSubmitting || isDone;
  return (
    <form onSubmit={submit} className="grid gap-4" method="post">
      <Field label="E-mail">
        {(control) => (
          <TextInput {...control} type="email" autoComplete="username" required autoFocus {...form.register("email")} />
        )}
      </Field>
      <Field label="Password">
        {(control) => (
          <TextInput
            {...control}
            type="password"
            autoComplete="current-password"
            required
            {...form.register("password")}
          />
        )}
      </Field>
      {error && <ErrorNote error={error} />}
      <Button tone="primary" type="submit" disabled={isBusy}>
        {isBusy ? "Signing in…" : "Sign in"}
      </Button>
    </form>
  );
}
