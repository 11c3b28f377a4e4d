"use client";

import { Table2 } from "lucide-react";
import { useState } from "react";
import { formatNumber } from "../../lib/client/format-count.ts";
import { SelectInput, TextInput } from "../ui/field.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { Skeleton } from "../ui/skeleton.tsx";
import type { TableGroup } from "./group-tables.ts";

/** The tables of a state: those that differ from now first, with how many rows do. */
export function TableList({
  groups,
  chosen,
  onChoose,
}: {
  /** Null while nothing is known of them. */
  groups: readonly TableGroup[] | null;
  chosen: string | null;
  onChoose: (table: string) => void;
}) {
  const [sought, setSought] = useState("");
  const wanted = sought.trim().toLowerCase();
  const found = groups
    ?.map((group) => ({ ...group, tables: group.tables.filter(({ name }) => name.toLowerCase().includes(wanted)) }))
    .filter(({ tables }) => tables.length > 0);
  return (
    <nav
      aria-label="Tables"
      className="min-w-0 shrink-0 overflow-y-auto border-line bg-canvas px-2 py-3 max-wide:border-b max-wide:px-4 wide:w-[212px] wide:border-r"
    >
      <div className="wide:hidden">
        <SelectInput
          aria-label="Table"
          value={chosen ?? ""}
          onChange={(event) => onChoose(event.currentTarget.value)}
          disabled={!groups}
        >
          {!groups && <option value="">Tables are on their way</option>}
          {groups?.map(({ title, tables }) => (
            <optgroup key={title} label={title}>
              {tables.map(({ name, differing }) => (
                <option key={name} value={name}>
                  {name}
                  {differing !== null && differing > 0 && ` (${formatNumber(differing)})`}
                </option>
              ))}
            </optgroup>
          ))}
        </SelectInput>
      </div>
      <div className="max-wide:hidden">
        <TextInput
          type="search"
          aria-label="Find a table"
          placeholder="Find a table"
          autoComplete="off"
          spellCheck={false}
          className="mb-2 h-7 text-12"
          value={sought}
          onChange={(event) => setSought(event.currentTarget.value)}
        />
        {!found && (
          <div aria-busy className="grid gap-2 px-2 py-1">
            <span role="status" className="sr-only">
              Tables are on their way
            </span>
            <Skeleton className="h-5" />
            <Skeleton className="h-5 w-4/5" />
            <Skeleton className="h-5 w-3/5" />
          </div>
        )}
        {found?.length === 0 && (
          <p className="px-2 py-1 text-12 text-ink-3">
            {wanted === "" ? "No table." : `No table is called ${sought}.`}
          </p>
        )}
        {found?.map(({ title, tables }) => (
          <section key={title} aria-label={title}>
            <h2 className="px-2 pt-2.5 pb-1 text-11 font-medium text-ink-3 first:pt-0.5">{title}</h2>
            <ul className="grid gap-px">
              {tables.map((table) => (
                <li key={table.name}>
                  <button
                    type="button"
                    aria-current={table.name === chosen ? "true" : undefined}
                    title={table.remark ?? table.name}
                    onClick={() => onChoose(table.name)}
                    className={joinClasses(
                      "flex h-7 w-full items-center gap-2 rounded-2 px-2 text-left hover:bg-hover touch:h-11",
                      "aria-[current=true]:bg-accent-soft aria-[current=true]:font-[550] aria-[current=true]:text-accent",
                      table.differing === 0 && "text-ink-2",
                    )}
                  >
                    <Table2 size={14} strokeWidth={1.6} aria-hidden className="shrink-0 text-ink-3" />
                    <span className="min-w-0 flex-1 truncate">{table.name}</span>
                    {table.differing !== null && table.differing > 0 && (
                      <span className="text-12 font-normal text-ink-2">
                        {!table.isExact && "≥ "}
                        {formatNumber(table.differing)}
                        <span className="sr-only"> rows differ</span>
                      </span>
                    )}
                    {table.sign && <span className="text-11 font-normal text-ink-3">{table.sign}</span>}
                  </button>
                </li>
              ))}
            </ul>
          </section>
        ))}
      </div>
    </nav>
  );
}
