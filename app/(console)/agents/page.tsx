import type { Metadata } from "next";
import { AgentsPage as Agents } from "../../../components/agents/agents-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { RoleNote } from "../../../components/shell/role-note.tsx";
import { roleMay } from "../../../lib/domain/actions.ts";
import { listAgents } from "../../../lib/services/agents/list-agents.ts";
import { listEnrolments } from "../../../lib/services/agents/list-enrolments.ts";
import { signOut } from "../../(auth)/actions.ts";
import { endEnrolment, makeEnrolment, retire } from "../agent-actions.ts";
import { currentViewer } from "../current-viewer.ts";

export const metadata: Metadata = { title: "Agents" };

export default async function AgentsPage() {
  const { ctx, viewer } = await currentViewer();
  const namespace = viewer.namespace.slug;
  if (!roleMay(viewer.role, "agent.list")) {
    return (
      <>
        <PageTop crumbs={[{ text: "Agents" }]} signOut={signOut} />
        <RoleNote title="Agents" role={viewer.role}>
          Agents are for admins and owners.
        </RoleNote>
      </>
    );
  }
  const [agents, enrolments] = await Promise.all([listAgents(ctx, { namespace }), listEnrolments(ctx, { namespace })]);
  return (
    <>
      <PageTop crumbs={[{ text: "Agents" }]} signOut={signOut} />
      <Agents initial={agents} initialEnrolments={enrolments} actions={{ makeEnrolment, endEnrolment, retire }} />
    </>
  );
}
