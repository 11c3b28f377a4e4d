import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { CallContext } from "../call-context.ts";
import { perform } from "../perform.ts";
import { mayRevokeToken, rolesOf } from "./to-token-view.ts";

/**
 * Ends an API token and those that it made: their next call is refused. One's own; an admin also anybody's but an owner's, an owner everybody's.
 * Others' tokens read as absent to members. Revoking one twice changes nothing.
 */
export async function revokeToken(
  ctx: CallContext,
  { namespace, tokenId }: { namespace: string; tokenId: string },
): Promise<void> {
  await perform(ctx, "token.revoke", { namespace }, async ({ db, principal, note }) => {
    const token = isUuid(tokenId)
      ? await db.apiToken.findFirst({ where: { id: tokenId.toLowerCase(), namespaceId: principal.namespace.id } })
      : null;
    const seesAll = principal.role === "owner" || principal.role === "admin";
    if (!token || (!seesAll && token.userId !== principal.userId)) {
      throw new LastgoodError("not_found", "There is no such API token.", { hint: "List the tokens you can see." });
    }
    note(
      { kind: "token", id: token.id },
      {
        name: token.name,
        ownerId: token.userId,
        before: token.revokedAtMs === null ? "active" : "revoked",
        after: "revoked",
      },
    );
    const roles = await rolesOf(db, principal, [token.userId]);
    if (!mayRevokeToken(principal, { userId: token.userId, ownerRole: roles.get(token.userId) ?? null })) {
      throw new LastgoodError("forbidden", "An admin cannot revoke an owner's token.", { hint: "Ask an owner." });
    }
    await db.apiToken.updateMany({
      where: { id: { in: await withDescendants(db, token.id) }, revokedAtMs: null },
      data: { revokedAtMs: nowMs(), revokedBy: principal.name },
    });
  });
}

/** Whoever got hold of a token may have made more of them: what one made, and those made, goes with it. */
async function withDescendants(db: MetadataTransaction, tokenId: string): Promise<string[]> {
  const found = [tokenId];
  for (let parents = [tokenId]; parents.length > 0; ) {
    const children = await db.apiToken.findMany({ where: { parentId: { in: parents } }, select: { id: true } });
    parents = children.map(({ id }) => id);
    found.push(...parents);
  }
  return found;
}
