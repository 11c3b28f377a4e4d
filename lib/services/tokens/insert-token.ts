import { randomUUID } from "node:crypto";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { Action } from "../../domain/actions.ts";
import type { DatabaseScope } from "../../domain/actor.ts";
import { hashToken, makeToken } from "../auth/hash-token.ts";

export type NewToken = {
  namespaceId: string;
  userId: string;
  name: string;
  /** Never more than the user may do at the moment of each call. */
  scopes: "all" | readonly Action[];
  databases: DatabaseScope;
  /** Calls a minute; null: the default; 0: as many as it likes. */
  ratePerMinute: number | null;
  /** Unix milliseconds; null for a token that lasts. */
  expiresAtMs: number | null;
  /** The token that makes it; null where a person does. */
  parentId?: string | null;
  /** A token that was chosen elsewhere; else one of 256 random bits is made. */
  given?: string;
};

/** Writes an API token's hash. The token itself is only ever in the answer. */
export async function insertToken(tx: MetadataTransaction, token: NewToken): Promise<{ id: string; token: string }> {
  const text = token.given ?? makeToken("lg_");
  const id = randomUUID();
  await tx.apiToken.create({
    data: {
      id,
      namespaceId: token.namespaceId,
      userId: token.userId,
      name: token.name,
      hash: hashToken(text),
      prefix: text.slice(0, 6),
      scopes: token.scopes === "all" ? "all" : token.scopes.join(" "),
      databases: token.databases === "all" ? null : JSON.stringify(token.databases),
      ratePerMinute: token.ratePerMinute,
      createdAtMs: nowMs(),
      expiresAtMs: token.expiresAtMs === null ? null : BigInt(token.expiresAtMs),
      parentId: token.parentId ?? null,
    },
  });
  return { id, token: text };
}
