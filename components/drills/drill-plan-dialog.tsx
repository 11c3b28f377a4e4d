"use client";

import { CalendarClock, Plus, X } from "lucide-react";
import { useId, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import type { DrillPlanView } from "../../lib/client/drill-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { parseCron } from "../../lib/domain/cron-expression.ts";
import { DRILL_AIMS, type DrillPlanDraft, drillPlanDraftSchema, MOST_ASSERTIONS } from "../../lib/domain/drill.ts";
import { describeSchedule } from "../../lib/domain/schedule-words.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { TickField } from "../ui/checkbox.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, SelectInput, TextArea, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { useZone } from "../ui/use-zone.ts";
import type { DrillActions } from "./drill-actions.ts";
import { AIM_WORDS } from "./drill-words.ts";

const USUAL = [
  { cron: "30 3 * * *", text: "Every night" },
  { cron: "30 3 * * 0", text: "Every Sunday" },
  { cron: "30 3 1 * *", text: "On the first of each month" },
];
const WEEKLY = "30 3 * * 0";

/** Assertions as they are typed: each with a key of its own, so that taking one away leaves the others where they are. */
type Typed = { key: number; name: string; sql: string };

/** When a database is drilled by itself, which moments it restores, and what has to hold in them. */
export function DrillPlanDialog({
  database,
  plan,
  save,
  onClose,
}: {
  database: DatabaseView;
  plan: DrillPlanView | null;
  save: DrillActions["savePlan"];
  onClose: () => void;
}) {
  const { namespace } = useViewer();
  const { zone: usualZone } = useZone();
  const [active, setActive] = useState(plan?.active ?? true);
  const [cron, setCron] = useState(plan?.cron ?? WEEKLY);
  const [zone, setZone] = useState(plan?.zone ?? usualZone);
  const [aims, setAims] = useState<DrillPlanDraft["aims"]>(plan?.aims ?? [...DRILL_AIMS]);
  const [asked, setAsked] = useState<Typed[]>((plan?.assertions ?? []).map((one, key) => ({ ...one, key })));
  const saving = useServerAction(namespace.slug, save);
  const isUsual = USUAL.some((one) => one.cron === cron);
  const read = drillPlanDraftSchema.safeParse({
    ...{ active, cron, zone, aims },
    assertions: asked.map(({ name, sql }) => ({ name, sql })),
  });
  const errorOf = (field: string) =>
    read.error?.issues.find(({ path }) => path.length === 1 && path[0] === field)?.message;
  const words =
    errorOf("cron") === undefined && errorOf("zone") === undefined && describeSchedule(parseCron(cron), zone);
  const submit = () => {
    if (!read.success) return;
    const of = { namespace: namespace.slug, database: database.id };
    saving.mutate({ ...of, ...read.data, version: plan?.version ?? 0 }, { onSuccess: onClose });
  };
  return (
    <FormDialog
      title="Drills by themselves"
      description={`${database.name} is restored into a throwaway, checked and timed. The database itself is not touched.`}
      wide
      closeWords="Close, nothing is saved"
      tone="primary"
      icon={CalendarClock}
      words="Save plan"
      busyWords="Saving…"
      canStart={read.success}
      isBusy={saving.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TickField words="Run drills by themselves" checked={active} onChange={() => setActive(!active)} />
      <div className="grid grid-cols-2 gap-4 max-wide:grid-cols-1">
        <Field label="When" hint={words || undefined}>
          {(control) => (
            <SelectInput
              {...control}
              value={isUsual ? cron : ""}
              onChange={(event) => setCron(event.currentTarget.value || `${cron} `.trimEnd())}
            >
              {USUAL.map((one) => (
                <option key={one.cron} value={one.cron}>
                  {one.text}
                </option>
              ))}
              {!isUsual && <option value="">As written below</option>}
            </SelectInput>
          )}
        </Field>
        <Field label="Zone" error={errorOf("zone")}>
          {(control) => (
            <TextInput
              {...control}
              value={zone}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => setZone(event.currentTarget.value)}
            />
          )}
        </Field>
        <Field label="Cron" remark="five fields" error={errorOf("cron")}>
          {(control) => (
            <TextInput
              {...control}
              value={cron}
              autoComplete="off"
              spellCheck={false}
              className="font-mono"
              onChange={(event) => setCron(event.currentTarget.value)}
            />
          )}
        </Field>
        <fieldset>
          <legend className="mb-1.5 text-12 font-medium">What is restored</legend>
          {DRILL_AIMS.map((aim) => (
            <TickField
              key={aim}
              words={<span className="block first-letter:uppercase">{AIM_WORDS[aim]}</span>}
              checked={aims.includes(aim)}
              onChange={() => setAims(DRILL_AIMS.filter((one) => (one === aim) !== aims.includes(one)))}
            />
          ))}
          {aims.length === 0 && <p className="mt-1 text-12 text-danger-text">{errorOf("aims")}</p>}
        </fieldset>
      </div>
      {saving.error && <ErrorNote error={saving.error} />}
      <Assertions asked={asked} error={errorOf("assertions")} onChange={setAsked} />
    </FormDialog>
  );
}

function Assertions({
  asked,
  error,
  onChange,
}: {
  asked: readonly Typed[];
  error: string | undefined;
  onChange: (asked: Typed[]) => void;
}) {
  const titleId = useId();
  const change = (key: number, part: Partial<Typed>) =>
    onChange(asked.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const add = () => onChange([...asked, { key: Math.max(-1, ...asked.map(({ key }) => key)) + 1, name: "", sql: "" }]);
  return (
    <section aria-labelledby={titleId}>
      <div className="flex items-center justify-between gap-2">
        <h3 id={titleId} className="text-12 font-medium">
          What has to hold
        </h3>
        <Button size="small" type="button" disabled={asked.length >= MOST_ASSERTIONS} onClick={add}>
          <Plus size={14} strokeWidth={1.6} aria-hidden />
          Add an assertion
        </Button>
      </div>
      {asked.length === 0 && (
        <p className="mt-1 text-12 text-ink-3">
          Pages, checksums and indexes are always checked. An assertion is a query of yours that must come out true,
          like <code>SELECT count(*) &gt; 0 FROM orders</code>.
        </p>
      )}
      <ul className="mt-2 grid gap-3">
        {asked.map(({ key, name, sql }, index) => (
          <li key={key} className="grid grid-cols-[minmax(0,1fr)_auto] gap-2 rounded-2 border border-line p-2.5">
            <TextInput
              aria-label={`Name of assertion ${index + 1}`}
              placeholder="There are orders"
              value={name}
              maxLength={80}
              autoComplete="off"
              onChange={(event) => change(key, { name: event.currentTarget.value })}
            />
            <Button
              tone="quiet"
              size="smallIcon"
              type="button"
              aria-label={`Take assertion ${index + 1} away`}
              onClick={() => onChange(asked.filter((one) => one.key !== key))}
            >
              <X size={16} strokeWidth={1.6} aria-hidden />
            </Button>
            <TextArea
              aria-label={`Query of assertion ${index + 1}`}
              placeholder="SELECT count(*) > 0 FROM orders"
              value={sql}
              rows={2}
              spellCheck={false}
              className="col-span-2 font-mono text-12"
              onChange={(event) => change(key, { sql: event.currentTarget.value })}
            />
          </li>
        ))}
      </ul>
      {error && <p className="mt-1.5 text-12 text-danger-text">{error}</p>}
    </section>
  );
}
