"use client";

import { Eye } from "lucide-react";
import Link from "next/link";
import { pastHref } from "../past/past-address.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";

/** Leads to the moment itself, before anything is decided. Nothing for those who may not see rows. */
export function LookFirst({
  database,
  bookmark,
  words = "Look first",
  className = "max-wide:flex-1",
}: {
  database: string;
  bookmark: string;
  words?: string;
  className?: string;
}) {
  const refusal = useRefusal("database.view");
  if (refusal !== null) return null;
  return (
    <Button asChild className={className}>
      <Link href={pastHref(database, { bookmark })}>
        <Eye size={16} strokeWidth={1.6} aria-hidden />
        {words}
      </Link>
    </Button>
  );
}
