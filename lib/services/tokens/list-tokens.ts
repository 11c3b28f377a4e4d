import type { TokenView } from "../../client/api-types.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import type { CallContext } from "../call-context.ts";
import { A_PAGE, NEWEST_FIRST, openPage, type PageInput } from "../keyset.ts";
import { perform } from "../perform.ts";
import { TOKEN_INCLUDE, toTokenViews } from "./to-token-view.ts";

/** How long a token that was revoked stays listed. */
const REVOKED_FOR_MS = 30n * 86_400_000n;

/** All API tokens of a namespace, newest first: one's own, and for owners and admins everybody's. Never a token itself. */
export async function listTokens(ctx: CallContext, of: { namespace: string }): Promise<TokenView[]> {
  return (await readEveryPage((after) => pageTokens(ctx, { ...of, after }))).flatMap(({ tokens }) => tokens);
}

/** A page of them; `next` is what `after` takes for the one after it. */
export function pageTokens(
  ctx: CallContext,
  { namespace, after, limit = A_PAGE }: { namespace: string } & PageInput,
): Promise<{ tokens: TokenView[]; next: string | null }> {
  return perform(ctx, "token.list", { namespace }, async ({ db, principal }) => {
    const seesAll = principal.role === "owner" || principal.role === "admin";
    const page = openPage(["tokens", principal.namespace.id], { after, limit }, NEWEST_FIRST);
    const found = await db.apiToken.findMany({
      where: {
        namespaceId: principal.namespace.id,
        ...(!seesAll && { userId: principal.userId }),
        OR: [{ revokedAtMs: null }, { revokedAtMs: { gt: nowMs() - REVOKED_FOR_MS } }],
        AND: [page.behind],
      },
      include: TOKEN_INCLUDE,
      orderBy: page.orderBy,
      take: page.take,
    });
    const { rows, next } = page.close(found);
    return { tokens: await toTokenViews(db, principal, rows), next };
  });
}
