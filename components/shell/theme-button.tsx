"use client";

import { Moon, Sun } from "lucide-react";
import { Button } from "../ui/button.tsx";
import { useTheme } from "../ui/use-theme.ts";

/** Turns to the other theme; "as the system" is in the account's menu. */
export function ThemeButton() {
  const { choose } = useTheme();
  const turn = () => choose(document.documentElement.dataset.theme === "dark" ? "light" : "dark");
  return (
    <Button
      tone="quiet"
      size="smallIcon"
      aria-label="Turn to the other theme"
      onClick={turn}
      className="max-wide:hidden"
    >
      <Moon size={16} strokeWidth={1.6} aria-hidden className="dark:hidden" />
      <Sun size={16} strokeWidth={1.6} aria-hidden className="hidden dark:block" />
    </Button>
  );
}
