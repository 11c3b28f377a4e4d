"use client";

import { VERCEL_TARGETS, type VercelTarget } from "../../lib/domain/integration.ts";
import { TickField } from "../ui/checkbox.tsx";
import { Field, TextInput } from "../ui/field.tsx";

type Values = { project: string; teamId: string; targets: readonly VercelTarget[] };

/** What only Vercel has: the project, its team, and for which targets variables count. */
export function VercelFields({
  project,
  teamId,
  targets,
  onChange,
}: Values & { onChange: (over: Partial<Values>) => void }) {
  return (
    <>
      <div className="grid grid-cols-2 gap-3 max-wide:grid-cols-1">
        <Field label="Project" hint="Its name or id.">
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              maxLength={100}
              value={project}
              onChange={(event) => onChange({ project: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Team id" remark="where there is one">
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              maxLength={100}
              placeholder="team_…"
              value={teamId}
              onChange={(event) => onChange({ teamId: event.currentTarget.value })}
            />
          )}
        </Field>
      </div>
      <fieldset>
        <legend className="mb-1.5 text-12 font-medium">Targets</legend>
        <div className="flex flex-wrap gap-x-5 gap-y-1">
          {VERCEL_TARGETS.map((target) => (
            <TickField
              key={target}
              words={target}
              checked={targets.includes(target)}
              onChange={(event) =>
                onChange({
                  targets: event.currentTarget.checked ? [...targets, target] : targets.filter((one) => one !== target),
                })
              }
            />
          ))}
        </div>
      </fieldset>
    </>
  );
}
