"use client";

import type { Role } from "../../lib/domain/actions.ts";
import { rolesWithin } from "../../lib/domain/member-rules.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ROLE_WORDS } from "./role-words.ts";

/** One of the roles that this person may give, each with what it includes. */
export function RoleChoice({ value, onChange }: { value: Role; onChange: (role: Role) => void }) {
  const { role: own } = useViewer();
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-12 font-medium">Role</legend>
      {rolesWithin(own).map((role) => (
        <label
          key={role}
          className="flex cursor-pointer items-start gap-2.5 rounded-2 border border-line px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:shadow-(--ring)"
        >
          <input
            type="radio"
            name="role"
            value={role}
            checked={value === role}
            onChange={() => onChange(role)}
            className="mt-0.5 size-4 shrink-0 accent-(--accent)"
          />
          <span>
            <span className="font-[550]">{role}</span> <span className="text-ink-2">{ROLE_WORDS[role]}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}
