import { metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Actor } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { hashToken } from "../auth/hash-token.ts";
import { admitCall } from "./admit-call.ts";
import { readDatabaseScope, readScopes } from "./stored-scope.ts";

const LAST_USED_STEP_MS = 60_000n;

type Row = {
  id: string;
  userId: string;
  namespaceId: string;
  scopes: string;
  databases: string | null;
  ratePerMinute: number | bigint | null;
  isLastUseOld: number | bigint;
};

/**
 * Who an API token stands for. Unknown, expired and revoked ones are `unauthenticated` alike, one that was used more often
 * than it may be is `rate_limited`.
 * @param address where the call came from, kept with the time of the last use
 */
export async function findTokenActor(token: string, address: string | null): Promise<Actor> {
  const now = nowMs();
  // One statement without Prisma's way around it: every call of a program begins with it. In the SQL of both providers.
  const [row] = await metadata().$queryRaw<Row[]>`
    SELECT "id", "userId", "namespaceId", "scopes", "databases", "ratePerMinute",
      CASE WHEN "lastUsedMs" IS NULL OR "lastUsedMs" < ${now - LAST_USED_STEP_MS} THEN 1 ELSE 0 END AS "isLastUseOld"
    FROM "ApiToken"
    WHERE "hash" = ${hashToken(token)} AND "revokedAtMs" IS NULL AND ("expiresAtMs" IS NULL OR "expiresAtMs" > ${now})`;
  if (!row) {
    throw new LastgoodError("unauthenticated", "This API token is not valid.", {
      hint: "Check that all of it was sent; it may have expired or been revoked.",
    });
  }
  const { id, userId, namespaceId, scopes } = row;
  await admitCall(id, row.ratePerMinute === null ? null : Number(row.ratePerMinute));
  if (Number(row.isLastUseOld) === 1) {
    await metadata().apiToken.updateMany({ where: { id }, data: { lastUsedMs: now, lastAddress: address } });
  }
  return {
    kind: "token",
    tokenId: id,
    userId,
    namespaceId,
    scopes: readScopes(scopes),
    databases: readDatabaseScope(row.databases),
  };
}
