import type { ReactNode } from "react";

/** One of several ways, with what it means; radio buttons of the same `name` belong together. */
export function ChoiceCard({
  name,
  checked,
  title,
  disabled = false,
  onChoose,
  children,
}: {
  name: string;
  checked: boolean;
  title: ReactNode;
  /** `children` then say why. */
  disabled?: boolean;
  onChoose: () => void;
  children?: ReactNode;
}) {
  return (
    <label className="flex cursor-pointer items-start gap-2.5 rounded-2 border border-line px-3 py-2 hover:bg-hover has-checked:border-accent has-checked:bg-accent-soft has-focus-visible:shadow-(--ring) has-disabled:cursor-not-allowed has-disabled:bg-transparent touch:min-h-11">
      <input
        type="radio"
        name={name}
        checked={checked}
        disabled={disabled}
        onChange={onChoose}
        className="mt-0.5 size-4 shrink-0 accent-(--accent)"
      />
      <span>
        <span className="font-[550]">{title}</span> <span className="text-ink-2">{children}</span>
      </span>
    </label>
  );
}
