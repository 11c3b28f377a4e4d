"use client";

import { Check, ChevronDown } from "lucide-react";
import { useRouter } from "next/navigation";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { Menu, MenuItem, MenuText } from "../ui/menu.tsx";
import { useViewer } from "./console-context.tsx";

export type ChooseNamespaceAction = (input: { namespace: string }) => Promise<ActionResult<null>>;

function Mark({ name }: { name: string }) {
  return (
    <span
      aria-hidden
      className="grid size-[18px] shrink-0 place-items-center rounded-1 bg-ink text-[10px] font-semibold text-surface"
    >
      {name.slice(0, 1).toUpperCase()}
    </span>
  );
}

const box = "flex h-9 w-full items-center gap-2 rounded-2 border border-line bg-surface px-2 font-medium";

/** The namespace one is in, and the way to the others for those who belong to several. */
export function NamespaceMenu({ choose }: { choose: ChooseNamespaceAction }) {
  const { namespace, others } = useViewer();
  const router = useRouter();
  const go = async (slug: string) => {
    const result = await choose({ namespace: slug });
    if (result.ok) router.push("/");
    router.refresh();
  };
  if (others.length === 0) {
    return (
      <div className={box}>
        <Mark name={namespace.name} />
        <span className="truncate" title="The namespace you are in">
          {namespace.name}
        </span>
      </div>
    );
  }
  return (
    <Menu
      align="start"
      trigger={
        <button type="button" className={`${box} text-left hover:bg-hover`}>
          <Mark name={namespace.name} />
          <span className="truncate">
            <span className="sr-only">Namespace </span>
            {namespace.name}
          </span>
          <ChevronDown size={14} strokeWidth={1.6} aria-hidden className="ml-auto shrink-0 text-ink-3" />
        </button>
      }
    >
      <MenuText>Namespaces you belong to</MenuText>
      <MenuItem icon={<Check size={16} strokeWidth={1.6} aria-hidden />} onSelect={() => undefined}>
        {namespace.name}
      </MenuItem>
      {others.map(({ slug, name }) => (
        <MenuItem key={slug} icon={<span className="size-4" />} onSelect={() => void go(slug)}>
          {name}
        </MenuItem>
      ))}
    </Menu>
  );
}
