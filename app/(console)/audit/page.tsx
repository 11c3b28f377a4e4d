import type { Metadata } from "next";
import { AuditLog } from "../../../components/audit/audit-log.tsx";
import { AuditRefusal } from "../../../components/audit/audit-refusal.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { readChainStatus } from "../../../lib/services/audit/read-chain-status.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Audit log" };

/** Null for those who may not read the log. */
async function statusFor(ctx: CallContext, namespace: string) {
  try {
    return await readChainStatus(ctx, { namespace });
  } catch (error) {
    if (error instanceof LastgoodError && error.code === "forbidden") return null;
    throw error;
  }
}

export default async function AuditPage() {
  const { ctx, viewer } = await currentViewer();
  const status = await statusFor(ctx, viewer.namespace.slug);
  return (
    <>
      <PageTop crumbs={[{ text: "Audit log" }]} signOut={signOut} />
      {status ? <AuditLog status={status} renderedAtMs={Date.now()} /> : <AuditRefusal />}
    </>
  );
}
