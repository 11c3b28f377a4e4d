"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useState } from "react";
import { useForm } from "react-hook-form";
import type { ActionResult } from "../../lib/client/api-types.ts";
import type { PolicyView } from "../../lib/client/approval-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { PolicyRules } from "../../lib/domain/policy.ts";
import { changedFields, looserFields } from "../../lib/domain/policy-change.ts";
import type { AskAction } from "../approvals/approval-actions.ts";
import { approvalHref } from "../approvals/approval-words.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextArea } from "../ui/field.tsx";
import { Note } from "../ui/note.tsx";
import { PolicyChangeTable } from "./policy-change-table.tsx";
import { PolicyFields } from "./policy-fields.tsx";
import { policyFormSchema, toFormValues, toRules } from "./policy-form-values.ts";

export type SavePolicyAction = (input: {
  namespace: string;
  database: string;
  rules: PolicyRules;
  version: number;
}) => Promise<ActionResult<PolicyView>>;

/** The rules as fields. What changes is listed below them, and what would ask for less says that it needs others. */
export function PolicyForm({
  namespace,
  policy,
  save,
  ask,
}: {
  namespace: string;
  policy: PolicyView;
  save: SavePolicyAction;
  ask: AskAction;
}) {
  const router = useRouter();
  const refusal = useRefusal("policy.change");
  const [reason, setReason] = useState("");
  const saving = useServerAction(namespace, save);
  const asking = useActionThenGo(namespace, ask, approvalHref);
  const form = useForm({ resolver: zodResolver(policyFormSchema), defaultValues: toFormValues(policy.rules) });
  const draft = policyFormSchema.safeParse(form.watch());
  const rules = draft.success ? toRules(draft.data) : null;
  const changed = rules === null ? [] : changedFields(policy.rules, rules);
  const looser = rules === null ? [] : looserFields(policy.rules, rules);
  const mustAsk = looser.length > 0 && policy.neededForMe > 0;
  const isBusy = saving.isPending || asking.isPending || asking.isSuccess;
  const submit = form.handleSubmit((values) => {
    const next = toRules(values);
    const of = { namespace, database: policy.databaseId };
    if (mustAsk) asking.mutate({ ...of, ask: { kind: "policy.change", reason: reason.trim(), rules: next } });
    else {
      saving.mutate(
        { ...of, rules: next, version: policy.version },
        {
          onSuccess: (saved) => {
            form.reset(toFormValues(saved.rules));
            router.refresh();
          },
        },
      );
    }
  });
  const others = policy.neededForMe === 1 ? "one other person" : `${policy.neededForMe} other people`;
  return (
    <form onSubmit={submit} noValidate className="grid gap-6">
      <fieldset disabled={refusal !== null || isBusy} className="grid min-w-0 gap-6">
        <PolicyFields form={form} people={policy.people} />
      </fieldset>
      {changed.length > 0 && rules && (
        <section aria-label="This change" className="border-t border-line pt-4">
          <h2 className="mb-1 text-14 font-semibold">This change</h2>
          <PolicyChangeTable before={policy.rules} after={rules} people={policy.people} />
          {mustAsk && (
            <>
              <Note tone="warn" className="mt-3" title={`This asks for less, so ${others} must approve it.`}>
                Nothing changes until then. Ask for the tighter rules alone to have them at once.
              </Note>
              <Field label="Reason" remark="the others decide by it" className="mt-4">
                {(control) => (
                  <TextArea
                    {...control}
                    rows={2}
                    maxLength={500}
                    value={reason}
                    onChange={(event) => setReason(event.currentTarget.value)}
                  />
                )}
              </Field>
            </>
          )}
        </section>
      )}
      {(saving.error ?? asking.error) && <ErrorNote error={saving.error ?? asking.error ?? new Error("not saved")} />}
      <div className="flex flex-wrap items-center gap-3">
        <Button
          tone="primary"
          type="submit"
          blockedBy={refusal}
          disabled={changed.length === 0 || isBusy || (mustAsk && reason.trim() === "")}
        >
          {isBusy ? "Saving…" : mustAsk ? "Request approval of this change" : "Save the policy"}
        </Button>
        <span role="status" className="text-ink-3">
          {refusal ?? (saving.isSuccess && changed.length === 0 ? "Saved." : changed.length === 0 ? "No changes." : "")}
        </span>
      </div>
    </form>
  );
}
