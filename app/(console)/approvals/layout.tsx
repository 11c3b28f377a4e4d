import type { ReactNode } from "react";
import { ApprovalsFrame } from "../../../components/approvals/approvals-frame.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { listApprovals } from "../../../lib/services/approvals/get-approval.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";

export default async function ApprovalsLayout({ children }: { children: ReactNode }) {
  const { ctx, viewer } = await currentViewer();
  const approvals = await listApprovals(ctx, { namespace: viewer.namespace.slug });
  return (
    <>
      <PageTop crumbs={[{ text: "Approvals", href: "/approvals" }]} signOut={signOut} />
      <ApprovalsFrame initial={approvals} renderedAtMs={Date.now()}>
        {children}
      </ApprovalsFrame>
    </>
  );
}
