import { LastgoodError } from "../../domain/errors.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { endMembership } from "./end-rights.ts";
import { findMember, type Member, requireOtherOwner, requireWithin } from "./find-member.ts";

/**
 * Takes somebody out of a namespace: from their next call on it reads as absent to them, and their API tokens of it are
 * revoked. Their account, and what they may do elsewhere, stay. Nobody stronger than the caller, never the last owner.
 * @param input `confirmEmail` is the member's e-mail as a person typed it
 */
export async function removeMember(
  ctx: CallContext,
  input: { namespace: string; userId: string; confirmEmail?: string | undefined },
): Promise<void> {
  await perform(ctx, "member.remove", { namespace: input.namespace }, async ({ db, principal, note }) => {
    const member = await findMember(db, principal, input.userId);
    note({ kind: "user", id: member.userId }, { email: member.email, before: member.role, after: null });
    requireWithin(principal, member.role);
    requireTyped(member, input.confirmEmail);
    await requireConfirmed(ctx, db);
    await requireOtherOwner(db, principal.namespace.id, member);
    const of = { namespaceId: principal.namespace.id, userId: member.userId };
    note(null, { ended: await endMembership(db, of, principal.name) });
  });
}

/** Leaves a namespace oneself. A person does this: an API token must not end its own owner's membership. */
export async function leaveNamespace(
  ctx: CallContext,
  { namespace, confirmEmail }: { namespace: string; confirmEmail: string },
): Promise<void> {
  await perform(ctx, "member.leave", { namespace }, async ({ db, principal, note }) => {
    if (ctx.actor.kind !== "user") {
      throw new LastgoodError("forbidden", "An API token cannot leave a namespace.", {
        hint: "Sign in with a browser.",
      });
    }
    const member = await findMember(db, principal, principal.userId);
    note({ kind: "user", id: member.userId }, { email: member.email, before: member.role, after: null });
    requireTyped(member, confirmEmail);
    await requireConfirmed(ctx, db);
    await requireOtherOwner(db, principal.namespace.id, member);
    const of = { namespaceId: principal.namespace.id, userId: member.userId };
    note(null, { ended: await endMembership(db, of, principal.name) });
  });
}

function requireTyped({ email }: Member, typed: string | undefined): void {
  if (typed === undefined || typed.trim().toLowerCase() === email) return;
  throw new LastgoodError("confirmation_mismatch", "The e-mail does not match.", {
    field: "confirmEmail",
    hint: `Type ${email} to confirm.`,
  });
}
