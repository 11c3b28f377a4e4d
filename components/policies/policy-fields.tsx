"use client";

import type { ReactNode } from "react";
import type { UseFormReturn } from "react-hook-form";
import type { PolicyView } from "../../lib/client/approval-types.ts";
import { Field, TextArea, TextInput } from "../ui/field.tsx";
import type { PolicyFormValues } from "./policy-form-values.ts";
import { DAYS } from "./policy-words.ts";

const check = "size-4 shrink-0 accent-(--accent) max-wide:size-5";
const line = "flex min-h-7 items-center gap-2 max-wide:min-h-11 touch:min-h-11";

/** Who, how many, when; then what must not be lost. */
export function PolicyFields({
  form,
  people,
}: {
  form: UseFormReturn<PolicyFormValues>;
  people: PolicyView["people"];
}) {
  const { register, watch, formState } = form;
  const { errors } = formState;
  const [names, limits, role] = watch(["namesApprovers", "limitsHours", "restoreRole"]);
  const possible = people.filter((one) => role === "admin" || one.role === "owner");
  return (
    <>
      <Part title="Who may restore it" lede="Whoever is below may ask; those who restore by right may approve.">
        <div role="radiogroup" aria-label="Who restores by right" className="grid gap-1">
          <label className={line}>
            <input type="radio" value="admin" className={check} {...register("restoreRole")} />
            Owners and admins
          </label>
          <label className={line}>
            <input type="radio" value="owner" className={check} {...register("restoreRole")} />
            Owners alone
          </label>
        </div>
      </Part>
      <Part title="Two people" lede="How many others must approve a restore in place. Whoever asks never counts.">
        <Field
          label="Approvals by others"
          hint="0: nobody is asked."
          error={errors.approvals?.message}
          className="max-w-40"
        >
          {(control) => <TextInput {...control} inputMode="numeric" autoComplete="off" {...register("approvals")} />}
        </Field>
        <label className={line}>
          <input type="checkbox" className={check} {...register("namesApprovers")} />
          Only these may approve
        </label>
        {names && (
          <fieldset aria-label="Those who may approve" className="grid gap-1 pl-6">
            {possible.map(({ userId, name, role: theirs }) => (
              <label key={userId} className={line}>
                <input type="checkbox" value={userId} className={check} {...register("approvers")} />
                <span className="min-w-0 truncate">{name}</span>
                <span className="text-12 text-ink-3">{theirs}</span>
              </label>
            ))}
            {errors.approvers?.message && <p className="text-12 text-danger-text">{errors.approvers.message}</p>}
          </fieldset>
        )}
        <div className="flex flex-wrap gap-4">
          <Field label="Time to approve" remark="hours" error={errors.approveHours?.message} className="w-40">
            {(control) => (
              <TextInput {...control} inputMode="decimal" autoComplete="off" {...register("approveHours")} />
            )}
          </Field>
          <Field label="Time to run" remark="hours" error={errors.runHours?.message} className="w-40">
            {(control) => <TextInput {...control} inputMode="decimal" autoComplete="off" {...register("runHours")} />}
          </Field>
        </div>
      </Part>
      <Part title="When" lede="A restore begins within these hours only, approved or not.">
        <label className={line}>
          <input type="checkbox" className={check} {...register("limitsHours")} />
          Only at certain hours
        </label>
        {limits && (
          <div className="grid gap-3 pl-6 max-wide:pl-0">
            <fieldset aria-label="Days" className="flex flex-wrap gap-x-4 gap-y-1">
              {DAYS.map((day, index) => (
                <label key={day} className={line}>
                  <input type="checkbox" value={String(index + 1)} className={check} {...register("days")} />
                  {day}
                </label>
              ))}
            </fieldset>
            <div className="flex flex-wrap gap-4">
              <Field label="From" className="w-28">
                {(control) => <TextInput {...control} type="time" {...register("from")} />}
              </Field>
              <Field label="To" className="w-28">
                {(control) => <TextInput {...control} type="time" {...register("to")} />}
              </Field>
              <Field label="Time zone" error={errors.zone?.message} className="w-52">
                {(control) => <TextInput {...control} autoComplete="off" spellCheck={false} {...register("zone")} />}
              </Field>
            </div>
          </div>
        )}
      </Part>
      <Part
        title="What must not be lost"
        lede="Nobody deletes a protected label, or makes the window shorter than this."
      >
        <Field
          label="Protected labels"
          remark="one to a line, * for anything"
          error={errors.protectedLabels?.message}
          className="max-w-md"
        >
          {(control) => (
            <TextArea
              {...control}
              rows={2}
              spellCheck={false}
              placeholder="release *"
              {...register("protectedLabels")}
            />
          )}
        </Field>
        <Field
          label="Shortest recovery window"
          remark="days"
          hint="Empty: none."
          error={errors.leastWindowDays?.message}
          className="max-w-40"
        >
          {(control) => (
            <TextInput {...control} inputMode="numeric" autoComplete="off" {...register("leastWindowDays")} />
          )}
        </Field>
      </Part>
    </>
  );
}

function Part({ title, lede, children }: { title: string; lede: string; children: ReactNode }) {
  return (
    <section className="grid grid-cols-[220px_minmax(0,1fr)] gap-x-8 gap-y-3 border-t border-line pt-4 max-wide:grid-cols-1">
      <div>
        <h2 className="text-14 font-semibold">{title}</h2>
        <p className="text-12 text-ink-3">{lede}</p>
      </div>
      <div className="grid min-w-0 content-start gap-3">{children}</div>
    </section>
  );
}
