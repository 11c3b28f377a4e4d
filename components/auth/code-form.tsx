"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { unwrapActionResult } from "../../lib/client/hooks/use-server-action.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field } from "../ui/field.tsx";
import { TextButton } from "../ui/text-link.tsx";
import { CodeInput } from "./code-input.tsx";

export type CodeAction = (input: { code: string }) => Promise<ActionResult<null>>;

/** The second step of signing in. */
export function CodeForm({
  signInWithCode,
  next,
  onBack,
}: {
  signInWithCode: CodeAction;
  next: string;
  onBack: () => void;
}) {
  const router = useRouter();
  const [error, setError] = useState<Error | null>(null);
  const [isDone, setDone] = useState(false);
  const form = useForm({ defaultValues: { code: "" } });
  const submit = form.handleSubmit(async (values) => {
    setError(null);
    try {
      unwrapActionResult(await signInWithCode(values));
      setDone(true);
      router.replace(next);
      router.refresh();
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error("signing in failed", { cause }));
      form.resetField("code");
      form.setFocus("code");
    }
  });
  const isBusy = form.formState.isSubmitting || isDone;
  const isOver = error instanceof LastgoodError && error.code === "unauthenticated";
  return (
    <form onSubmit={submit} className="grid gap-4" method="post">
      <Field label="Code" hint="Six digits of your authenticator app, or one of your recovery codes.">
        {(control) => <CodeInput {...control} required autoFocus {...form.register("code")} />}
      </Field>
      {error && <ErrorNote error={error} />}
      <Button tone="primary" type="submit" disabled={isBusy || isOver}>
        {isBusy ? "Signing in…" : "Go on"}
      </Button>
      <p className="text-center">
        <TextButton onClick={onBack}>Begin again with your password</TextButton>
      </p>
    </form>
  );
}
