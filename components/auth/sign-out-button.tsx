"use client";

import { LogOut } from "lucide-react";
import { useRouter } from "next/navigation";
import { useState } from "react";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { Button } from "../ui/button.tsx";

/** Ends the session and goes on at `next`, a path of ours. */
export function SignOutButton({
  signOut,
  next,
}: {
  signOut: (nothing: undefined) => Promise<ActionResult<null>>;
  next: string;
}) {
  const router = useRouter();
  const [isLeaving, setLeaving] = useState(false);
  const leave = async () => {
    setLeaving(true);
    await signOut(undefined);
    router.replace(next);
    router.refresh();
    setLeaving(false);
  };
  return (
    <Button onClick={() => void leave()} disabled={isLeaving}>
      <LogOut size={16} strokeWidth={1.6} aria-hidden />
      {isLeaving ? "Signing out…" : "Sign out"}
    </Button>
  );
}
