"use client";

import { RadioGroup } from "radix-ui";
import { Fragment } from "react";
import { PROTECT_WAYS, type ProtectWay } from "./protect-ways.ts";

const ENGINES = [...new Set(PROTECT_WAYS.map(({ engine }) => engine))];

/** What to protect, by kind of database. */
export function WayChoice({
  value,
  disabled,
  onChange,
}: {
  value: ProtectWay;
  disabled: boolean;
  onChange: (way: ProtectWay) => void;
}) {
  return (
    <RadioGroup.Root
      value={value}
      aria-label="What to protect"
      onValueChange={(text) => {
        const next = PROTECT_WAYS.find((one) => one.value === text);
        if (next) onChange(next.value);
      }}
    >
      {ENGINES.map((engine) => (
        <Fragment key={engine}>
          <p className="border-b border-line-strong pt-4 pb-1 text-12 font-medium text-ink-3 first:pt-0">{engine}</p>
          {PROTECT_WAYS.filter((one) => one.engine === engine).map((one) => (
            <RadioGroup.Item
              key={one.value}
              value={one.value}
              disabled={disabled}
              className="group flex w-full items-start gap-3 border-b border-line py-2.5 text-left hover:bg-hover data-[state=checked]:bg-accent-soft"
            >
              <span className="mt-0.5 ml-2 grid size-4 shrink-0 place-items-center rounded-full border border-control bg-surface group-data-[state=checked]:border-accent">
                <RadioGroup.Indicator className="size-2 rounded-full bg-accent" />
              </span>
              <span>
                <span className="block font-[550]">
                  {one.title}
                  <span className="sr-only">, {engine}</span>
                </span>
                <span className="block text-ink-2">{one.text}</span>
              </span>
            </RadioGroup.Item>
          ))}
        </Fragment>
      ))}
    </RadioGroup.Root>
  );
}
