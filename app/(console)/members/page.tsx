import type { Metadata } from "next";
import { MembersPage as Members } from "../../../components/members/members-page.tsx";
import { PageTop } from "../../../components/shell/page-top.tsx";
import { roleMay } from "../../../lib/domain/actions.ts";
import { listInvitations } from "../../../lib/services/members/list-invitations.ts";
import { listMembers } from "../../../lib/services/members/list-members.ts";
import { signOut } from "../../(auth)/actions.ts";
import { currentViewer } from "../current-viewer.ts";
import { giveRole, invite, leave, setWriteRight, takeOut, withdrawInvitation } from "../member-actions.ts";

export const metadata: Metadata = { title: "Members" };

export default async function MembersPage() {
  const { ctx, viewer } = await currentViewer();
  const namespace = viewer.namespace.slug;
  const members = await listMembers(ctx, { namespace });
  const invitations = roleMay(viewer.role, "invitation.list") ? await listInvitations(ctx, { namespace }) : [];
  return (
    <>
      <PageTop crumbs={[{ text: "Members" }]} signOut={signOut} />
      <Members
        initial={members}
        initialInvitations={invitations}
        actions={{ invite, withdrawInvitation, giveRole, setWriteRight, takeOut, leave }}
      />
    </>
  );
}
