import type { Metadata } from "next";
import { IntegrationsPage as Integrations } from "../../../components/integrations/integrations-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { RoleNote } from "../../../components/shell/role-note.tsx";
import { roleMay } from "../../../lib/domain/actions.ts";
import { listIntegrations } from "../../../lib/services/integrations/list-integrations.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";
import { changeIntegration, makeIntegration, pushVariables, removeIntegration } from "../integration-actions.ts";

export const metadata: Metadata = { title: "Integrations" };

export default async function IntegrationsPage() {
  const { ctx, viewer } = await currentViewer();
  return (
    <>
      <PageTop crumbs={[{ text: "Integrations" }]} signOut={signOut} />
      {roleMay(viewer.role, "integration.list") ? (
        <Integrations
          initial={await listIntegrations(ctx, { namespace: viewer.namespace.slug })}
          actions={{ makeIntegration, changeIntegration, removeIntegration, pushVariables }}
        />
      ) : (
        <RoleNote title="Integrations" role={viewer.role}>
          Integrations are for admins and owners.
        </RoleNote>
      )}
    </>
  );
}
