"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { unwrapActionResult } from "../../lib/client/hooks/use-server-action.ts";
import { passwordSchema } from "../../lib/domain/names.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";

export type JoinAction = (input: { token: string; password: string }) => Promise<ActionResult<{ namespace: string }>>;

const schema = z
  .object({ password: passwordSchema, again: z.string() })
  .refine(({ password, again }) => password === again, { path: ["again"], error: "The two are not the same." });

/** Somebody new: a password, and they are in. */
export function JoinForm({
  token,
  email,
  namespace,
  join,
}: {
  token: string;
  email: string;
  namespace: string;
  join: JoinAction;
}) {
  const router = useRouter();
  const [error, setError] = useState<Error | null>(null);
  const [isDone, setDone] = useState(false);
  const form = useForm({ resolver: zodResolver(schema), defaultValues: { password: "", again: "" } });
  const { errors } = form.formState;
  const submit = form.handleSubmit(async ({ password }) => {
    setError(null);
    try {
      unwrapActionResult(await join({ token, password }));
      setDone(true);
      router.replace("/");
      router.refresh();
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error("joining failed", { cause }));
    }
  });
  const isBusy = form.formState.isSubmitting || isDone;
  return (
    <form onSubmit={submit} className="grid gap-4" method="post" noValidate>
      <Field label="E-mail">
        {(control) => <TextInput {...control} type="email" autoComplete="username" value={email} readOnly />}
      </Field>
      <Field label="Choose a password" hint="12 characters at least." error={errors.password?.message}>
        {(control) => (
          <TextInput
            {...control}
            type="password"
            autoComplete="new-password"
            autoFocus
            {...form.register("password")}
          />
        )}
      </Field>
      <Field label="The same again" error={errors.again?.message}>
        {(control) => (
          <TextInput {...control} type="password" autoComplete="new-password" {...form.register("again")} />
        )}
      </Field>
      {error && <ErrorNote error={error} />}
      <Button tone="primary" type="submit" disabled={isBusy}>
        {isBusy ? "Joining…" : `Join ${namespace}`}
      </Button>
    </form>
  );
}
