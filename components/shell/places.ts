import {
  BellRing,
  BookOpen,
  CalendarClock,
  Database,
  HardDrive,
  House,
  KeyRound,
  type LucideIcon,
  Rocket,
  ScrollText,
  ServerCog,
  Trash2,
  UserRoundCheck,
  Users,
  Webhook,
} from "lucide-react";
import type { Action } from "../../lib/domain/actions.ts";

export type Place = {
  href: string;
  text: string;
  icon: LucideIcon;
  /** Settings stand below the pages of every day. */
  group: "every day" | "settings";
  /** Whether a phone shows it in its tab bar; the rest is behind "More". */
  onTabBar: boolean;
  /** Shown only to those whose role includes this. */
  needs?: Action;
};

/** The console's pages in the rail's order: only what exists. */
export const PLACES: readonly Place[] = [
  { href: "/", text: "Home", icon: House, group: "every day", onTabBar: true },
  { href: "/databases", text: "Databases", icon: Database, group: "every day", onTabBar: true },
  { href: "/alarms", text: "Alarms", icon: BellRing, group: "every day", onTabBar: true, needs: "alarm.list" },
  { href: "/approvals", text: "Approvals", icon: UserRoundCheck, group: "every day", onTabBar: true },
  { href: "/schedules", text: "Schedules", icon: CalendarClock, group: "every day", onTabBar: false },
  { href: "/audit", text: "Audit log", icon: ScrollText, group: "every day", onTabBar: false, needs: "audit.read" },
  { href: "/members", text: "Members", icon: Users, group: "settings", onTabBar: false },
  {
    href: "/tokens",
    text: "API tokens",
    icon: KeyRound,
    group: "settings",
    onTabBar: false,
    needs: "token.list",
  },
  { href: "/agents", text: "Agents", icon: ServerCog, group: "settings", onTabBar: false, needs: "agent.list" },
  { href: "/storage", text: "Storage", icon: HardDrive, group: "settings", onTabBar: false, needs: "store.read" },
  { href: "/webhooks", text: "Webhooks", icon: Webhook, group: "settings", onTabBar: false, needs: "webhook.list" },
  {
    href: "/integrations",
    text: "Integrations",
    icon: Rocket,
    group: "settings",
    onTabBar: false,
    needs: "integration.list",
  },
  { href: "/reference", text: "API reference", icon: BookOpen, group: "settings", onTabBar: false },
  { href: "/deleted", text: "Deleted", icon: Trash2, group: "settings", onTabBar: false },
];
