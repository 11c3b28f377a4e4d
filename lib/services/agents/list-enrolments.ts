import type { EnrolmentView } from "../../client/agent-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { A_PAGE, NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { requireHome } from "./require-home.ts";
import { toEnrolmentView } from "./to-enrolment-view.ts";

/** All tokens that were made for machines, the newest first; never the tokens themselves. */
export async function listEnrolments(ctx: CallContext, of: { namespace: string }): Promise<EnrolmentView[]> {
  const pages = await readEveryPage((after) => pageEnrolments(ctx, { ...of, after }));
  return pages.flatMap(({ enrolments }) => enrolments);
}

/**
 * A page of the tokens that were made for machines, the newest first, never the tokens themselves; `next` is what `after` takes
 * for the page after it.
 */
export function pageEnrolments(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ enrolments: EnrolmentView[]; next: string | null }> {
  return perform(ctx, "agent.list", { namespace }, async ({ db, principal }) => {
    await requireHome(db, principal);
    const { id: namespaceId } = principal.namespace;
    const page = openPage(["enrolments", namespaceId], { after, limit }, NEWEST_FIRST);
    const found = await db.agentEnrolment.findMany({
      where: { namespaceId, AND: [page.behind] },
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { enrolments: rows.map(toEnrolmentView), next };
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
