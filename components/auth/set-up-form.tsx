"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { unwrapActionResult } from "../../lib/client/hooks/use-server-action.ts";
import { emailSchema, passwordSchema, slugSchema } from "../../lib/domain/names.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";

export type SetUpAction = (input: {
  setupToken: string;
  email: string;
  password: string;
  namespace: string;
}) => Promise<ActionResult<{ namespace: string }>>;

const schema = z.object({ email: emailSchema, password: passwordSchema, namespace: slugSchema });

/** The first owner: e-mail, password and the namespace that the databases live in. */
export function SetUpForm({ token, setUp }: { token: string; setUp: SetUpAction }) {
  const router = useRouter();
  const [error, setError] = useState<Error | null>(null);
  const [isDone, setDone] = useState(false);
  const form = useForm({
    resolver: zodResolver(schema),
    defaultValues: { email: "", password: "", namespace: "main" },
  });
  const { errors } = form.formState;
  const submit = form.handleSubmit(async (values) => {
    setError(null);
    try {
      unwrapActionResult(await setUp({ ...values, setupToken: token }));
      setDone(true);
      router.replace("/");
      router.refresh();
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error("the set-up failed", { cause }));
    }
  });
  const isBusy = form.formState.isSubmitting || isDone;
  return (
    <form onSubmit={submit} className="grid gap-4" method="post" noValidate>
      <Field label="E-mail" error={errors.email?.message}>
        {(control) => (
          <TextInput {...control} type="email" autoComplete="username" autoFocus {...form.register("email")} />
        )}
      </Field>
      <Field label="Password" hint="12 characters at least." error={errors.password?.message}>
        {(control) => (
          <TextInput {...control} type="password" autoComplete="new-password" {...form.register("password")} />
        )}
      </Field>
      <Field
        label="Namespace"
        remark="stands in addresses"
        hint="Your organisation or team: its members share its databases."
        error={errors.namespace?.message}
      >
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            {...form.register("namespace")}
          />
        )}
      </Field>
      {error && <ErrorNote error={error} />}
      <Button tone="primary" type="submit" disabled={isBusy}>
        {isBusy ? "Setting up…" : "Set up Lastgood"}
      </Button>
    </form>
  );
}
