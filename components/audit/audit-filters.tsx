"use client";

import type { AuditQuery } from "../../lib/client/api-types.ts";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { AUDIT_OUTCOMES, AUDIT_SUBJECTS } from "../../lib/domain/audit-filter.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Field, SelectInput, TextInput } from "../ui/field.tsx";
import { TextButton } from "../ui/text-link.tsx";
import { PERIODS } from "./audit-period.ts";

/** What is chosen; a text that is empty chooses nothing. */
export type AuditChoice = Record<"actor" | "action" | "outcome" | "database" | "period", string>;
export const EVERYTHING: AuditChoice = { actor: "", action: "", outcome: "", database: "", period: "" };

/** The choice as the API takes it, as of a moment. */
export function toAuditQuery({ period, ...rest }: AuditChoice, nowMs: number): AuditQuery {
  const lengthMs = PERIODS.find(({ value }) => value === period)?.lengthMs;
  const given = Object.entries(rest).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(given), ...(lengthMs !== undefined && { from: String(nowMs - lengthMs) }) };
}

/** Who, what, which database, since when, with which outcome. */
export function AuditFilters({ choice, onChange }: { choice: AuditChoice; onChange: (choice: AuditChoice) => void }) {
  const { namespace } = useViewer();
  const databases = useDatabases(namespace.slug);
  const set = (name: keyof AuditChoice) => (event: { target: { value: string } }) =>
    onChange({ ...choice, [name]: event.target.value });
  const isChosen = Object.values(choice).some((value) => value !== "");
  return (
    <div className="grid grid-cols-2 gap-3 wide:grid-cols-5">
      <Field label="Person or token" className="max-wide:col-span-2">
        {(control) => (
          <TextInput
            {...control}
            type="search"
            value={choice.actor}
            onChange={set("actor")}
            placeholder="part of a name"
          />
        )}
      </Field>
      <Field label="Subject">
        {(control) => (
          <SelectInput {...control} value={choice.action} onChange={set("action")}>
            <option value="">all</option>
            {Object.entries(AUDIT_SUBJECTS).map(([value, text]) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      <Field label="Database">
        {(control) => (
          <SelectInput {...control} value={choice.database} onChange={set("database")}>
            <option value="">all</option>
            {(databases.data ?? []).map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
      <Field label="Outcome">
        {(control) => (
          <SelectInput {...control} value={choice.outcome} onChange={set("outcome")}>
            <option value="">all</option>
            {AUDIT_OUTCOMES.map((outcome) => (
              <option key={outcome}>{outcome}</option>
            ))}
          </SelectInput>
        )}
      </Field>
      <Field
        label="Since"
        remark={isChosen ? <TextButton onClick={() => onChange(EVERYTHING)}>Show all</TextButton> : undefined}
      >
        {(control) => (
          <SelectInput {...control} value={choice.period} onChange={set("period")}>
            <option value="">the beginning</option>
            {PERIODS.map(({ value, text }) => (
              <option key={value} value={value}>
                {text}
              </option>
            ))}
          </SelectInput>
        )}
      </Field>
    </div>
  );
}
