import { metadata } from "../../db/client.ts";
import { isAction } from "../../domain/actions.ts";
import type { Actor } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { hashToken } from "../auth/hash-token.ts";

const LAST_USED_STEP_MS = 60_000;

/** Who an API token stands for. Unknown, expired and revoked ones are `unauthenticated` alike. */
export async function findTokenActor(token: string): Promise<Actor> {
  const row = await metadata().apiToken.findUnique({ where: { hash: hashToken(token) } });
  const nowMs = BigInt(Date.now());
  if (!row || row.revokedAtMs !== null || (row.expiresAtMs !== null && row.expiresAtMs <= nowMs)) {
    throw new LastgoodError("unauthenticated", "This API token is not valid.", {
      hint: "Check that all of it was sent; it may have expired or been revoked.",
    });
  }
  if (row.lastUsedMs === null || nowMs - row.lastUsedMs > LAST_USED_STEP_MS) {
    await metadata().apiToken.updateMany({ where: { id: row.id }, data: { lastUsedMs: nowMs } });
  }
  return {
    kind: "token",
    tokenId: row.id,
    userId: row.userId,
    namespaceId: row.namespaceId,
    scopes: row.scopes === "all" ? "all" : row.scopes.split(" ").filter(isAction),
  };
}
