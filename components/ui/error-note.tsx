"use client";

import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { LastgoodError } from "../../lib/domain/errors.ts";
import { Note } from "./note.tsx";

/** An error as people see it: cause, next step, and the request's id where something was our fault. */
export function ErrorNote({ error, action, className }: { error: Error; action?: ReactNode; className?: string }) {
  const known = error instanceof LastgoodError;
  const requestId = known && error.code === "internal" ? error.details.requestId : undefined;
  return (
    <Note
      tone="danger"
      live
      icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
      title={known ? error.message : "Something went wrong in the console."}
      action={action}
      {...(className !== undefined && { className })}
    >
      {known ? error.details.hint : "Try again; if it stays, look at the console's log."}
      {typeof requestId === "string" && (
        <span className="text-ink-2">
          {" "}
          Request <code>{requestId}</code>
        </span>
      )}
    </Note>
  );
}
