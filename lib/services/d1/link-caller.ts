import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { readDatabaseScope, readScopes } from "../tokens/stored-scope.ts";

/** The token that asked for a signed address, as it is now: one that was revoked since takes its addresses along. */
export async function linkCaller(tokenId: string, origin: CallOrigin): Promise<CallContext> {
  const token = await metadata().apiToken.findFirst({
    where: { id: tokenId, revokedAtMs: null, OR: [{ expiresAtMs: null }, { expiresAtMs: { gt: nowMs() } }] },
  });
  if (!token) {
    throw new LastgoodError("unauthenticated", "The API token that asked for this address is not valid any more.", {
      hint: "Ask for a new one with another token.",
    });
  }
  const { userId, namespaceId, scopes, databases } = token;
  return {
    actor: {
      kind: "token",
      tokenId,
      userId,
      namespaceId,
      scopes: readScopes(scopes),
      databases: readDatabaseScope(databases),
    },
    origin,
  };
}
