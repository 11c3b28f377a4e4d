"use client";

import { Plus } from "lucide-react";
import Link from "next/link";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";

/** The way to protect one more; for those who may not it stays, with the reason. */
export function ProtectButton() {
  const refusal = useRefusal("database.create");
  if (refusal) return <Button blockedBy={refusal}>Protect a database</Button>;
  return (
    <Button asChild tone="primary">
      <Link href="/databases/new">
        <Plus size={16} strokeWidth={1.6} aria-hidden />
        Protect a database
      </Link>
    </Button>
  );
}
