import type { EnrolmentView } from "../../client/agent-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { requireHome } from "./require-home.ts";
import { toEnrolmentView } from "./to-enrolment-view.ts";

const AT_MOST = 100;

/** The tokens that were made for machines, the newest first, at most a hundred; never the tokens themselves. */
export function listEnrolments(ctx: CallContext, { namespace }: { namespace: string }): Promise<EnrolmentView[]> {
  return perform(ctx, "agent.list", { namespace }, async ({ db, principal }) => {
    await requireHome(db, principal);
    const rows = await db.agentEnrolment.findMany({
      where: { namespaceId: principal.namespace.id },
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: AT_MOST,
    });
    return rows.map(toEnrolmentView);
  });
}

/** Makes a token for a machine worthless. Throws `conflict` for one that was used: the agent that it made can be retired. */
export function revokeEnrolment(
  ctx: CallContext,
  { namespace, enrolmentId }: { namespace: string; enrolmentId: string },
): Promise<void> {
  return perform(ctx, "agent.enrol", { namespace }, async ({ db, principal, note }) => {
    await requireHome(db, principal);
    const namespaceId = principal.namespace.id;
    const row = await db.agentEnrolment.findFirst({ where: { id: enrolmentId, namespaceId } });
    if (row === null) {
      throw new LastgoodError("not_found", "There is no such token for an agent.", { hint: "List them." });
    }
    note({ kind: "enrolment", id: row.id }, { revoked: true, region: row.region });
    if (row.usedAtMs !== null) {
      throw new LastgoodError("conflict", "That token was used: the machine is an agent.", {
        hint: "Retire the agent instead, once it owns no databases.",
      });
    }
    await db.agentEnrolment.update({
      where: { id: row.id },
      data: { revokedAtMs: row.revokedAtMs ?? nowMs(), sealedKey: "" },
    });
  });
}
