"use client";

import { LogOut, Monitor, Moon, ShieldCheck, Sun } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { Menu, MenuChoice, MenuItem, MenuLine, MenuText } from "../ui/menu.tsx";
import { type ThemeChoice, useTheme } from "../ui/use-theme.ts";
import { useViewer } from "./console-context.tsx";

export type SignOutAction = (nothing: undefined) => Promise<ActionResult<null>>;

const THEMES: readonly { value: ThemeChoice; text: string; icon: React.ReactNode }[] = [
  { value: "system", text: "As the system", icon: <Monitor size={16} strokeWidth={1.6} aria-hidden /> },
  { value: "light", text: "Light", icon: <Sun size={16} strokeWidth={1.6} aria-hidden /> },
  { value: "dark", text: "Dark", icon: <Moon size={16} strokeWidth={1.6} aria-hidden /> },
];

/** Who is signed in, the theme, and the way out. */
export function AccountMenu({ signOut, short = false }: { signOut: SignOutAction; short?: boolean }) {
  const { email, role } = useViewer();
  const { choice, choose } = useTheme();
  const router = useRouter();
  const [isLeaving, setLeaving] = useState(false);
  const leave = async () => {
    setLeaving(true);
    await signOut(undefined);
    router.replace("/sign-in");
    router.refresh();
  };
  return (
    <Menu
      align={short ? "end" : "start"}
      trigger={
        <button
          type="button"
          disabled={isLeaving}
          className="flex min-w-0 items-center gap-2 rounded-2 text-left hover:bg-hover max-wide:size-11 max-wide:justify-center"
        >
          <span
            aria-hidden
            className="grid size-6 shrink-0 place-items-center rounded-full bg-pressed text-[10px] font-semibold text-ink-2"
          >
            {initialsOf(email)}
          </span>
          <span className="sr-only">Account{short && ` of ${email}`}</span>
          {!short && (
            <span className="min-w-0">
              <span className="block truncate text-12 font-[550] text-ink">{email}</span>
              <span className="block text-12 text-ink-3">{role}</span>
            </span>
          )}
        </button>
      }
    >
      <MenuText>
        {email}, {role}
      </MenuText>
      <MenuLine />
      <MenuItem icon={<ShieldCheck size={16} strokeWidth={1.6} aria-hidden />} onSelect={() => router.push("/account")}>
        Your account
      </MenuItem>
      <MenuLine />
      <MenuChoice label="Theme" value={choice} options={THEMES} onChange={choose} />
      <MenuLine />
      <MenuItem icon={<LogOut size={16} strokeWidth={1.6} aria-hidden />} onSelect={() => void leave()}>
        Sign out
      </MenuItem>
    </Menu>
  );
}

function initialsOf(email: string): string {
  const [first = "", second = ""] = (email.split("@")[0] ?? "").split(/[._-]/);
  return (second ? first.slice(0, 1) + second.slice(0, 1) : first.slice(0, 2)).toUpperCase();
}
