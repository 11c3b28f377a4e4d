"use client";

import { Plus, X } from "lucide-react";
import {
  DATABASE_PLACE,
  INTEGRATION_LIMITS,
  VARIABLE_HOLDS,
  type VariableHolds,
} from "../../lib/domain/integration.ts";
import { Button } from "../ui/button.tsx";
import { SelectInput, TextInput } from "../ui/field.tsx";
import { HOLDS_WORDS } from "./integration-words.ts";

/** A row of the form; `key` is its own while it is edited. */
export type VariableDraft = { key: number; name: string; holds: VariableHolds };

/** Names of variables, each with what it holds. */
export function VariableRows({
  rows,
  hasSeveral,
  onChange,
}: {
  rows: readonly VariableDraft[];
  /** Whether several databases are covered: then each name must tell them apart. */
  hasSeveral: boolean;
  onChange: (rows: VariableDraft[]) => void;
}) {
  const change = (key: number, over: Partial<VariableDraft>) =>
    onChange(rows.map((row) => (row.key === key ? { ...row, ...over } : row)));
  const add = () =>
    onChange([...rows, { key: Math.max(0, ...rows.map(({ key }) => key)) + 1, name: "", holds: "connection" }]);
  return (
    <fieldset>
      <legend className="mb-1.5 text-12 font-medium">Variables</legend>
      <ul className="grid gap-2">
        {rows.map(({ key, name, holds }, index) => (
          <li key={key} className="grid grid-cols-[minmax(0,1fr)_minmax(0,1fr)_auto] items-center gap-2">
            <TextInput
              aria-label={`Name of variable ${index + 1}`}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder={hasSeveral ? `${DATABASE_PLACE}_URL` : "DATABASE_URL"}
              className="font-mono text-12"
              maxLength={128}
              value={name}
              onChange={(event) => change(key, { name: event.currentTarget.value })}
            />
            <SelectInput
              aria-label={`What variable ${index + 1} holds`}
              value={holds}
              onChange={(event) => {
                const chosen = VARIABLE_HOLDS.find((one) => one === event.currentTarget.value);
                if (chosen) change(key, { holds: chosen });
              }}
            >
              {VARIABLE_HOLDS.map((one) => (
                <option key={one} value={one}>
                  {HOLDS_WORDS[one]}
                </option>
              ))}
            </SelectInput>
            <Button
              tone="quiet"
              size="icon"
              aria-label={`Leave variable ${index + 1} out`}
              disabled={rows.length === 1}
              onClick={() => onChange(rows.filter((row) => row.key !== key))}
            >
              <X size={16} strokeWidth={1.6} aria-hidden />
            </Button>
          </li>
        ))}
      </ul>
      <Button
        tone="quiet"
        size="small"
        className="mt-1 -ml-2.5"
        disabled={rows.length >= INTEGRATION_LIMITS.variables}
        onClick={add}
      >
        <Plus size={14} strokeWidth={1.6} aria-hidden />
        Another variable
      </Button>
      <p className="mt-1 text-12 text-ink-3">
        {hasSeveral
          ? `${DATABASE_PLACE} stands for the database's name: shop-eu gets SHOP_EU_URL.`
          : "The connection is a hosted cluster's connection string, a hosted file's query address, or an attached file."}
      </p>
    </fieldset>
  );
}
