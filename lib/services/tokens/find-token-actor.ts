import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { isAction } from "../../domain/actions.ts";
import type { Actor } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { hashToken } from "../auth/hash-token.ts";

const LAST_USED_STEP_MS = 60_000n;

type Row = { id: string; userId: string; namespaceId: string; scopes: string; isLastUseOld: number | bigint };

/** Who an API token stands for. Unknown, expired and revoked ones are `unauthenticated` alike. */
export async function findTokenActor(token: string): Promise<Actor> {
  const now = nowMs();
  // One statement without Prisma's way around it: every call of a program begins with it. In the SQL of both providers.
  const [row] = await metadata().$queryRaw<Row[]>`
    SELECT "id", "userId", "namespaceId", "scopes",
      CASE WHEN "lastUsedMs" IS NULL OR "lastUsedMs" < ${now - LAST_USED_STEP_MS} THEN 1 ELSE 0 END AS "isLastUseOld"
    FROM "ApiToken"
    WHERE "hash" = ${hashToken(token)} AND "revokedAtMs" IS NULL AND ("expiresAtMs" IS NULL OR "expiresAtMs" > ${now})`;
  if (!row) {
    throw new LastgoodError("unauthenticated", "This API token is not valid.", {
      hint: "Check that all of it was sent; it may have expired or been revoked.",
    });
  }
  const { id, userId, namespaceId, scopes } = row;
  if (Number(row.isLastUseOld) === 1) {
    await metadata().apiToken.updateMany({ where: { id }, data: { lastUsedMs: now } });
  }
  return {
    kind: "token",
    tokenId: id,
    userId,
    namespaceId,
    scopes: scopes === "all" ? "all" : scopes.split(" ").filter(isAction),
  };
}
