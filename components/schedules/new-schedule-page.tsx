"use client";

import { useMemo, useState } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { useHydrated } from "../../lib/client/hooks/use-hydrated.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, SelectInput } from "../ui/field.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { useNow } from "../ui/use-now.ts";
import { useZone } from "../ui/use-zone.ts";
import type { ScheduleActions } from "./schedule-actions.ts";
import { ScheduleForm } from "./schedule-form.tsx";
import { NEW_SCHEDULE, readCron, readDraft, type ScheduleFormValues } from "./schedule-form-values.ts";
import { ScheduleInspector } from "./schedule-inspector.tsx";
import { scheduleHref } from "./schedule-words.ts";

/** A new schedule: every night in one's own zone, until that is changed. */
export function NewSchedulePage({
  databases,
  chosen,
  renderedAtMs,
  make,
}: {
  databases: readonly Pick<DatabaseView, "id" | "name">[];
  /** A database's name, from the address. */
  chosen: string | null;
  renderedAtMs: number;
  make: ScheduleActions["make"];
}) {
  const { namespace } = useViewer();
  const nowMs = useNow() ?? renderedAtMs;
  const { local } = useZone();
  const isHydrated = useHydrated();
  const [name, setName] = useState(
    databases.some((one) => one.name === chosen) ? chosen : (databases[0]?.name ?? null),
  );
  const [typed, setTyped] = useState<Partial<ScheduleFormValues>>({});
  const values = useMemo(
    () => ({ ...NEW_SCHEDULE, ...(isHydrated && { zone: local }), ...typed }),
    [typed, isHydrated, local],
  );
  const read = useMemo(() => readCron(values.fields), [values.fields]);
  const { draft } = readDraft(values, true);
  const refusal = useRefusal("schedule.change");
  const making = useActionThenGo(namespace.slug, make, scheduleHref);
  const isBusy = making.isPending || making.isSuccess;
  return (
    <main id="main" className="grid flex-1 grid-cols-[minmax(0,1fr)_344px] max-roomy:grid-cols-1">
      <div className="max-w-[848px] min-w-0 px-8 pt-6 pb-8 max-wide:p-4">
        <h1 className="mb-6 text-20 font-semibold tracking-[-0.02em]">New schedule</h1>
        <form
          noValidate
          onSubmit={(event) => {
            event.preventDefault();
            if (draft && name) making.mutate({ namespace: namespace.slug, database: name, draft });
          }}
        >
          <ScheduleForm
            values={values}
            read={read}
            nowMs={nowMs}
            lastBackup={null}
            disabled={refusal !== null || isBusy}
            above={
              <>
                <Field label="Database">
                  {(control) => (
                    <SelectInput
                      {...control}
                      value={name ?? ""}
                      onChange={(event) => setName(event.currentTarget.value)}
                    >
                      {databases.map((one) => (
                        <option key={one.id} value={one.name}>
                          {one.name}
                        </option>
                      ))}
                    </SelectInput>
                  )}
                </Field>
                <span className="max-wide:hidden" />
              </>
            }
            onChange={(change) => setTyped((now) => ({ ...now, ...change }))}
          />
          {making.error && <ErrorNote error={making.error} className="mb-4" />}
          <div className="flex flex-wrap items-center gap-2 border-t border-line pt-4">
            <Button
              tone="primary"
              type="submit"
              blockedBy={refusal}
              disabled={draft === null || name === null || isBusy}
            >
              {isBusy ? "Saving…" : "Save schedule"}
            </Button>
            <TextLink href="/schedules" className="px-3 text-ink-2!">
              Close, nothing is saved
            </TextLink>
          </div>
        </form>
      </div>
      <ScheduleInspector
        database={name}
        cron={read.ok ? read.cron : null}
        zone={draft?.zone ?? "UTC"}
        nowMs={nowMs}
        lastBackup={null}
      />
    </main>
  );
}
