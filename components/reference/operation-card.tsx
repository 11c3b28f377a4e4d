"use client";

import { useEffect, useState } from "react";
import type { ReferenceCall } from "../../lib/client/reference-types.ts";
import { Chip } from "../ui/chip.tsx";
import { OperationDetails } from "./operation-details.tsx";

/** One call, closed until somebody wants to know, or came by a link to it; only then what it takes and answers is read. */
export function OperationCard({
  call: { id, method, path, summary },
  caller,
}: {
  call: ReferenceCall;
  caller: { baseUrl: string; namespace: string };
}) {
  const [isOpen, setOpen] = useState(false);
  useEffect(() => {
    if (window.location.hash === `#${id}`) setOpen(true);
  }, [id]);
  return (
    <details
      id={id}
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="scroll-mt-16 border-b border-line"
    >
      <summary className="flex cursor-pointer flex-wrap items-baseline gap-x-3 gap-y-0.5 rounded-1 px-1 py-2 hover:bg-hover">
        <span className="w-16 shrink-0">
          <Chip tone={method === "GET" ? "plain" : method === "DELETE" ? "danger" : "accent"}>{method}</Chip>
        </span>
        <span className="min-w-0 flex-1 font-medium max-wide:basis-full">{summary}</span>
        <code className="min-w-0 font-mono text-12 break-all text-ink-2">{path}</code>
      </summary>
      {isOpen && <OperationDetails id={id} caller={caller} />}
    </details>
  );
}
