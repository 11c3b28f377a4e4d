"use client";

import { useId } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { Checkbox } from "../ui/checkbox.tsx";
import type { ChecksBody } from "./restore-actions.ts";

/** What may be checked of the state beside what always is; nothing where the engine has nothing more. */
export function CheckChoice({
  database,
  value,
  onChange,
}: {
  database: Pick<DatabaseView, "engine">;
  value: ChecksBody;
  onChange: (value: ChecksBody) => void;
}) {
  const id = useId();
  if (database.engine !== "postgres") return null;
  return (
    <fieldset className="mb-4 border-b border-line pb-4">
      <legend className="mb-1.5 text-12 font-medium">Checked before it counts</legend>
      <p className="mb-2 text-12 text-ink-3">
        Always: every file of the base backup, the commit, every page's checksum.
      </p>
      <div className="grid grid-cols-[auto_1fr] gap-x-2">
        <Checkbox
          id={id}
          className="mt-0.5"
          checked={value.checks?.amcheck === true}
          aria-describedby={`${id}-means`}
          onChange={(event) => onChange(event.currentTarget.checked ? { checks: { amcheck: true } } : {})}
        />
        <div>
          <label htmlFor={id} className="font-[550]">
            Every table and index as well
          </label>
          <p id={`${id}-means`} className="text-12 text-ink-3">
            With amcheck: minutes for a large cluster. If anything is broken, nothing is swapped in.
          </p>
        </div>
      </div>
    </fieldset>
  );
}
