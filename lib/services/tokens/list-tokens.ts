import type { TokenView } from "../../client/api-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { TOKEN_INCLUDE, toTokenViews } from "./to-token-view.ts";

/** How long a token that was revoked stays listed. */
const REVOKED_FOR_MS = 30n * 86_400_000n;
const LIST_LIMIT = 500;

/** The API tokens of a namespace, newest first: one's own, and for owners and admins everybody's. Never a token itself. */
export function listTokens(ctx: CallContext, { namespace }: { namespace: string }): Promise<TokenView[]> {
  return perform(ctx, "token.list", { namespace }, async ({ db, principal }) => {
    const seesAll = principal.role === "owner" || principal.role === "admin";
    const rows = await db.apiToken.findMany({
      where: {
        namespaceId: principal.namespace.id,
        ...(!seesAll && { userId: principal.userId }),
        OR: [{ revokedAtMs: null }, { revokedAtMs: { gt: nowMs() - REVOKED_FOR_MS } }],
      },
      include: TOKEN_INCLUDE,
      orderBy: [{ createdAtMs: "desc" }, { id: "desc" }],
      take: LIST_LIMIT,
    });
    return toTokenViews(db, principal, rows);
  });
}
