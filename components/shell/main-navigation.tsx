"use client";

import { Database, House } from "lucide-react";
import Link from "next/link";
import { usePathname } from "next/navigation";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { joinClasses } from "../ui/join-classes.ts";
import { useViewer } from "./console-context.tsx";

const PLACES = [
  { href: "/", text: "Home", icon: House },
  { href: "/databases", text: "Databases", icon: Database },
] as const;

function useIsCurrent() {
  const path = usePathname();
  return (href: string) => (href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`));
}

/** The rail's links: only what exists. */
export function MainNavigation() {
  const isCurrent = useIsCurrent();
  const { namespace } = useViewer();
  const databases = useDatabases(namespace.slug);
  return (
    <ul className="grid gap-px">
      {PLACES.map(({ href, text, icon: Icon }) => (
        <li key={href}>
          <Link
            href={href}
            aria-current={isCurrent(href) ? "page" : undefined}
            className={joinClasses(
              "flex h-[30px] items-center gap-2.5 rounded-2 px-2 font-[450] text-ink-2 transition-colors duration-(--fast) hover:bg-hover hover:text-ink",
              "aria-[current=page]:bg-pressed aria-[current=page]:font-[550] aria-[current=page]:text-ink",
            )}
          >
            <Icon size={16} strokeWidth={1.6} aria-hidden />
            {text}
            {href === "/databases" && databases.data && (
              <span className="ml-auto text-12 font-normal text-ink-3">{databases.data.length}</span>
            )}
          </Link>
        </li>
      ))}
    </ul>
  );
}

/** The same on a phone, at its lower edge. */
export function TabBar() {
  const isCurrent = useIsCurrent();
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 grid grid-cols-2 border-t border-line-strong bg-surface pb-[env(safe-area-inset-bottom)] wide:hidden"
    >
      {PLACES.map(({ href, text, icon: Icon }) => (
        <Link
          key={href}
          href={href}
          aria-current={isCurrent(href) ? "page" : undefined}
          className="grid h-[60px] place-content-center place-items-center gap-[3px] text-11 font-medium text-ink-3 aria-[current=page]:text-ink"
        >
          <Icon size={20} strokeWidth={1.6} aria-hidden />
          {text}
        </Link>
      ))}
    </nav>
  );
}
