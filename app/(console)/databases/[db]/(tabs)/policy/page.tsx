import type { Metadata } from "next";
import { PolicyPage as Policy } from "../../../../../../components/policies/policy-page.tsx";
import { roleMay } from "../../../../../../lib/domain/actions.ts";
import { getPolicy } from "../../../../../../lib/services/policies/get-policy.ts";
import { askForApproval, savePolicy } from "../../../../approval-actions.ts";
import { currentViewer } from "../../../../current-viewer.ts";
import { showErasure, startErasure, stopErasure } from "../../../../erasure-actions.ts";
import { findOr404 } from "../../../../find-or-404.ts";

type Props = { params: Promise<{ db: string }> };

export async function generateMetadata({ params }: Props): Promise<Metadata> {
  return { title: `${decodeURIComponent((await params).db)}, policy` };
}

export default async function PolicyPage({ params }: Props) {
  const { ctx, viewer } = await currentViewer();
  const database = decodeURIComponent((await params).db);
  const policy = await findOr404(getPolicy(ctx, { namespace: viewer.namespace.slug, database }));
  const erasure = roleMay(viewer.role, "erasure.read")
    ? { show: showErasure, start: startErasure, stop: stopErasure }
    : null;
  return <Policy initial={policy} renderedAtMs={Date.now()} save={savePolicy} ask={askForApproval} erasure={erasure} />;
}
