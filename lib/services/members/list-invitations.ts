import type { InvitationView } from "../../client/member-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { isRole } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { A_PAGE, NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { requireWithin } from "./find-member.ts";
import { toInvitationView } from "./to-invitation-view.ts";

/** All invitations of a namespace that nobody has accepted or revoked, newest first; those that ended meanwhile say so. */
export async function listInvitations(ctx: CallContext, of: { namespace: string }): Promise<InvitationView[]> {
  const pages = await readEveryPage((after) => pageInvitations(ctx, { ...of, after }));
  return pages.flatMap(({ invitations }) => invitations);
}

/** A page of them; `next` is what `after` takes for the one after it. */
export function pageInvitations(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ invitations: InvitationView[]; next: string | null }> {
  return perform(ctx, "invitation.list", { namespace }, async ({ db, principal }) => {
    const { id: namespaceId } = principal.namespace;
    const page = openPage(["invitations", namespaceId], { after, limit }, NEWEST_FIRST);
    const found = await db.invitation.findMany({
      where: { namespaceId, acceptedAtMs: null, revokedAtMs: null, AND: [page.behind] },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    const views = await Promise.all(rows.map((row) => toInvitationView(db, row)));
    return { invitations: views.filter((view) => view !== null), next };
  });
}

/** Ends an invitation; its link is worth nothing from then on. Nobody revokes one to a role above their own. */
export async function revokeInvitation(
  ctx: CallContext,
  { namespace, invitationId }: { namespace: string; invitationId: string },
): Promise<void> {
  await perform(ctx, "invitation.revoke", { namespace }, async ({ db, principal, note }) => {
    const row = isUuid(invitationId)
      ? await db.invitation.findFirst({
          where: { id: invitationId.toLowerCase(), namespaceId: principal.namespace.id },
        })
      : null;
    if (!row) {
      throw new LastgoodError("not_found", "This namespace has no such invitation.", { hint: "List its invitations." });
    }
    note({ kind: "invitation", id: row.id }, { email: row.email, role: row.role });
    if (isRole(row.role)) requireWithin(principal, row.role);
    const { count } = await db.invitation.updateMany({
      where: { id: row.id, acceptedAtMs: null, revokedAtMs: null },
      data: { revokedAtMs: nowMs() },
    });
    if (count === 1) return;
    throw new LastgoodError("conflict", "This invitation was accepted or revoked already.", {
      hint: "A member is taken out in the list of members.",
    });
  });
}
