import type { Metadata } from "next";
import { ApprovalsAnswer } from "../../../components/approvals/approvals-answer.tsx";
import { listApprovals } from "../../../lib/services/approvals/get-approval.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Approvals" };

export default async function ApprovalsPage() {
  const { ctx, viewer } = await currentViewer();
  return <ApprovalsAnswer initial={await listApprovals(ctx, { namespace: viewer.namespace.slug })} />;
}
