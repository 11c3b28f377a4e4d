"use client";

import { usePathname } from "next/navigation";
import type { ReactNode } from "react";
import type { ApprovalsView } from "../../lib/client/approval-types.ts";
import { joinClasses } from "../ui/join-classes.ts";
import { ApprovalInbox } from "./approval-inbox.tsx";

/** The inbox beside the request that is open; where there is room for one of them only, the request. */
export function ApprovalsFrame({
  initial,
  renderedAtMs,
  children,
}: {
  initial: ApprovalsView;
  renderedAtMs: number;
  children: ReactNode;
}) {
  const isOverview = usePathname() === "/approvals";
  return (
    <div className="grid flex-1 grid-cols-[304px_minmax(0,1fr)] max-roomy:grid-cols-1 max-roomy:content-start">
      <div
        className={joinClasses(
          "min-w-0 border-line roomy:border-r",
          isOverview ? "max-roomy:order-2" : "max-roomy:hidden",
        )}
      >
        <ApprovalInbox initial={initial} renderedAtMs={renderedAtMs} />
      </div>
      <main id="main" className="flex min-w-0 flex-col max-roomy:order-1">
        {children}
      </main>
    </div>
  );
}
