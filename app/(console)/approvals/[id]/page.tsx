import type { Metadata } from "next";
import { ApprovalPage as Approval } from "../../../../components/approvals/approval-page.tsx";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import { getApproval } from "../../../../lib/services/approvals/get-approval.ts";
import { getDatabase } from "../../../../lib/services/databases/get-database.ts";
import { decideRequest, runApprovedRequest, withdrawRequest } from "../../approval-actions.ts";
import { currentViewer } from "../../current-viewer.ts";
import { findOr404 } from "../../find-or-404.ts";

export const metadata: Metadata = { title: "Approval" };

export default async function ApprovalPage({ params }: { params: Promise<{ id: string }> }) {
  const { ctx, viewer } = await currentViewer();
  const namespace = viewer.namespace.slug;
  const approval = await findOr404(getApproval(ctx, { namespace, approvalId: (await params).id }));
  // What was asked of a database that is gone by now stays readable.
  const database = await getDatabase(ctx, { namespace, database: approval.databaseId }).catch((error: unknown) => {
    if (error instanceof LastgoodError && error.code === "not_found") return null;
    throw error;
  });
  return (
    <Approval
      key={approval.id}
      initial={approval}
      database={database}
      renderedAtMs={Date.now()}
      actions={{ decide: decideRequest, run: runApprovedRequest, withdraw: withdrawRequest }}
    />
  );
}
