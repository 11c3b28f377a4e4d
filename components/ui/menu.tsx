"use client";

import { DropdownMenu } from "radix-ui";
import type { ReactElement, ReactNode } from "react";
import { joinClasses } from "./join-classes.ts";

/** A menu below the control that opens it. */
export function Menu({
  trigger,
  align = "end",
  children,
}: {
  trigger: ReactElement;
  align?: "start" | "end";
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Root>
      <DropdownMenu.Trigger asChild>{trigger}</DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align={align}
          sideOffset={4}
          collisionPadding={8}
          className="z-40 min-w-48 rounded-2 bg-surface p-1 shadow-2 motion-safe:animate-fade"
        >
          {children}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  );
}

const row =
  "flex h-8 cursor-pointer items-center gap-2.5 rounded-1 px-2 outline-none data-[highlighted]:bg-hover max-wide:h-11 touch:h-11 [&_svg]:text-ink-3";

export function MenuItem({
  icon,
  risky = false,
  onSelect,
  children,
}: {
  icon?: ReactNode;
  risky?: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.Item
      className={joinClasses(row, risky && "text-danger-text [&_svg]:text-danger-text")}
      onSelect={onSelect}
    >
      {icon}
      {children}
    </DropdownMenu.Item>
  );
}

/** One of several, the chosen one marked. */
export function MenuChoice<Value extends string>({
  label,
  value,
  options,
  onChange,
}: {
  label: string;
  value: Value;
  options: readonly { value: Value; text: string; icon: ReactNode }[];
  onChange: (value: Value) => void;
}) {
  return (
    <DropdownMenu.RadioGroup
      value={value}
      onValueChange={(chosen) => {
        const option = options.find((entry) => entry.value === chosen);
        if (option) onChange(option.value);
      }}
    >
      <DropdownMenu.Label className="px-2 pt-1.5 pb-1 text-11 font-medium text-ink-3">{label}</DropdownMenu.Label>
      {options.map((option) => (
        <DropdownMenu.RadioItem
          key={option.value}
          value={option.value}
          className={joinClasses(
            row,
            "data-[state=checked]:font-medium data-[state=checked]:text-accent data-[state=checked]:[&_svg]:text-accent",
          )}
        >
          {option.icon}
          {option.text}
        </DropdownMenu.RadioItem>
      ))}
    </DropdownMenu.RadioGroup>
  );
}

export function MenuLine() {
  return <DropdownMenu.Separator className="-mx-1 my-1 h-px bg-line" />;
}

export function MenuText({ children }: { children: ReactNode }) {
  return <DropdownMenu.Label className="px-2 py-1.5 text-12 text-ink-3">{children}</DropdownMenu.Label>;
}
