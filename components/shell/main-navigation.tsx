"use client";

import { Ellipsis } from "lucide-react";
import Link from "next/link";
import { usePathname, useRouter } from "next/navigation";
import type { ReactNode } from "react";
import { useOpenAlarms } from "../../lib/client/hooks/use-alarms.ts";
import { useApprovals } from "../../lib/client/hooks/use-approvals.ts";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { roleMay } from "../../lib/domain/actions.ts";
import { joinClasses } from "../ui/join-classes.ts";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { useViewer } from "./console-context.tsx";
import { PLACES, type Place } from "./places.ts";

function usePlaces() {
  const path = usePathname();
  const { role } = useViewer();
  const isCurrent = ({ href }: Place) => (href === "/" ? path === "/" : path === href || path.startsWith(`${href}/`));
  return { places: PLACES.filter(({ needs }) => needs === undefined || roleMay(role, needs)), isCurrent };
}

/** The rail's links. */
export function MainNavigation() {
  const { places, isCurrent } = usePlaces();
  const linksOf = (group: Place["group"]) => (
    <ul className="grid gap-px">
      {places
        .filter((place) => place.group === group)
        .map((place) => (
          <li key={place.href}>
            <RailLink place={place} isCurrent={isCurrent(place)} />
          </li>
        ))}
    </ul>
  );
  return (
    <>
      {linksOf("every day")}
      <p className="mt-4 mb-1 px-2 text-12 font-medium text-ink-3">Settings</p>
      {linksOf("settings")}
    </>
  );
}

function RailLink({ place: { href, text, icon: Icon }, isCurrent }: { place: Place; isCurrent: boolean }) {
  return (
    <Link
      href={href}
      aria-current={isCurrent ? "page" : undefined}
      className={joinClasses(
        "flex h-[30px] items-center gap-2.5 rounded-2 px-2 font-[450] text-ink-2 transition-colors duration-(--fast) hover:bg-hover hover:text-ink",
        "aria-[current=page]:bg-pressed aria-[current=page]:font-[550] aria-[current=page]:text-ink",
      )}
    >
      <Icon size={16} strokeWidth={1.6} aria-hidden />
      {text}
      <PlaceCount href={href} />
    </Link>
  );
}

/** How many there are of what a page lists, where that is worth knowing before one goes there. */
function PlaceCount({ href }: { href: string }): ReactNode {
  if (href === "/alarms") return <RaisedCount className="ml-auto" />;
  if (href === "/approvals") return <WaitingCount className="ml-auto" />;
  return href === "/databases" ? <DatabaseCount /> : null;
}

/** How many requests wait for the viewer; nothing where none does. */
function WaitingCount({ className }: { className: string }) {
  const { namespace } = useViewer();
  const waiting = useApprovals(namespace.slug).data?.waiting ?? 0;
  if (waiting === 0) return null;
  return (
    <span
      className={joinClasses(
        "grid h-4 min-w-4 place-items-center rounded-full bg-accent px-1 text-11 leading-none font-medium text-on-accent",
        className,
      )}
    >
      {waiting}
      <span className="sr-only"> waiting for you</span>
    </span>
  );
}

/** How many alarms nobody has acknowledged; nothing where there is none. */
function RaisedCount({ className }: { className: string }) {
  const { namespace } = useViewer();
  const raised = useOpenAlarms(namespace.slug).data?.counts.raised ?? 0;
  if (raised === 0) return null;
  return (
    <span
      className={joinClasses(
        "grid h-4 min-w-4 place-items-center rounded-full bg-danger px-1 text-11 leading-none font-medium text-on-danger",
        className,
      )}
    >
      {raised}
      <span className="sr-only"> raised</span>
    </span>
  );
}

function DatabaseCount() {
  const { namespace } = useViewer();
  const { data } = useDatabases(namespace.slug);
  return data ? <span className="ml-auto text-12 font-normal text-ink-3">{data.length}</span> : null;
}

const tab =
  "grid h-[60px] place-content-center place-items-center gap-[3px] text-11 font-medium text-ink-3 aria-[current=page]:text-ink";

/** The same on a phone, at its lower edge. */
export function TabBar() {
  const router = useRouter();
  const { places, isCurrent } = usePlaces();
  const tabs = places.filter(({ onTabBar }) => onTabBar);
  const others = places.filter(({ onTabBar }) => !onTabBar);
  return (
    <nav
      aria-label="Main"
      className="fixed inset-x-0 bottom-0 z-20 grid auto-cols-fr grid-flow-col border-t border-line-strong bg-surface pb-[env(safe-area-inset-bottom)] wide:hidden"
    >
      {tabs.map((place) => (
        <Link key={place.href} href={place.href} aria-current={isCurrent(place) ? "page" : undefined} className={tab}>
          <span className="relative">
            <place.icon size={20} strokeWidth={1.6} aria-hidden />
            {place.href === "/alarms" && <RaisedCount className="absolute -top-1.5 -right-3" />}
            {place.href === "/approvals" && <WaitingCount className="absolute -top-1.5 -right-3" />}
          </span>
          {place.text}
        </Link>
      ))}
      <Menu
        align="end"
        trigger={
          <button type="button" aria-current={others.some(isCurrent) ? "page" : undefined} className={tab}>
            <Ellipsis size={20} strokeWidth={1.6} aria-hidden />
            More
          </button>
        }
      >
        {others.map(({ href, text, icon: Icon }) => (
          <MenuItem
            key={href}
            icon={<Icon size={16} strokeWidth={1.6} aria-hidden />}
            onSelect={() => router.push(href)}
          >
            {text}
          </MenuItem>
        ))}
      </Menu>
    </nav>
  );
}
