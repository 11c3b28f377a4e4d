import type { CreatedTokenView } from "../../client/api-types.ts";
import type { MetadataTransaction } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { type Action, isNamespaceWide } from "../../domain/actions.ts";
import type { DatabaseScope } from "../../domain/actor.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { actionsOfPreset, mayGrant, TOKEN_LIMITS, type TokenPreset } from "../../domain/token-grants.ts";
import { requireConfirmed } from "../auth/require-confirmed.ts";
import type { CallContext } from "../call-context.ts";
import { findDatabase } from "../databases/find-database.ts";
import type { Principal } from "../find-principal.ts";
import { perform } from "../perform.ts";
import { DEFAULT_RATE_PER_MINUTE } from "./admit-call.ts";
import { insertToken } from "./insert-token.ts";
import { TOKEN_INCLUDE, toTokenViews } from "./to-token-view.ts";

const HOUR_MS = 3_600_000;

export type CreateTokenInput = {
  namespace: string;
  name: string;
  grant: { preset: TokenPreset } | { actions: readonly Action[] };
  /** Ids or names. */
  databases: "all" | readonly string[];
  /** Null for a token that lasts until it is revoked. */
  expiresInHours: number | null;
  /** Calls a minute; null: the default. */
  ratePerMinute: number | null;
};

/**
 * Makes an API token of the caller and answers it, this once: only its hash is kept. It never has more than its maker has
 * now, and one that a token makes never more than that token, in actions, time and rate. Throws `forbidden` for an action
 * that the maker lacks, `not_found` for a database that the maker does not see.
 */
export function createToken(ctx: CallContext, input: CreateTokenInput): Promise<CreatedTokenView> {
  const { namespace, name, expiresInHours } = input;
  return perform(ctx, "token.create", { namespace }, async ({ db, principal, note }) => {
    await requireConfirmed(ctx, db);
    const databases = await resolveDatabases(db, principal, input.databases);
    const scopes = grant(ctx, principal, input.grant, databases);
    const expiresAtMs = expiresInHours === null ? null : Number(nowMs()) + expiresInHours * HOUR_MS;
    const { ratePerMinute } = input;
    await requireWithinParent(db, ctx, { expiresAtMs, ratePerMinute });
    await requireRoom(db, principal);
    const { id, token } = await insertToken(db, {
      namespaceId: principal.namespace.id,
      userId: principal.userId,
      name,
      scopes,
      databases,
      ratePerMinute,
      expiresAtMs,
      parentId: ctx.actor.kind === "token" ? ctx.actor.tokenId : null,
    });
    note({ kind: "token", id }, { after: { name, actions: scopes, databases, expiresAtMs, ratePerMinute } });
    const row = await db.apiToken.findUniqueOrThrow({ where: { id }, include: TOKEN_INCLUDE });
    const [view] = await toTokenViews(db, principal, [row]);
    if (!view) throw new Error("a token that was just written has a view");
    return { ...view, token };
  });
}

async function resolveDatabases(
  db: MetadataTransaction,
  principal: Principal,
  references: CreateTokenInput["databases"],
): Promise<DatabaseScope> {
  if (references === "all") return "all";
  const ids = new Set<string>();
  for (const reference of references) ids.add((await findDatabase(db, principal, reference)).id);
  return [...ids];
}

function grant(
  ctx: CallContext,
  principal: Principal,
  wanted: CreateTokenInput["grant"],
  databases: DatabaseScope,
): "all" | Action[] {
  if ("preset" in wanted) {
    // Only a person who owns everything gives "everything", whatever that will be; any other list is written down.
    const isUnbounded = ctx.actor.kind === "user" && principal.role === "owner" && databases === "all";
    if (wanted.preset === "everything" && isUnbounded) return "all";
    return actionsOfPreset(wanted.preset, principal, databases);
  }
  const actions = [...new Set(wanted.actions)];
  const lacking = actions.find((action) => !mayGrant(principal, action));
  if (lacking !== undefined) {
    throw new LastgoodError("forbidden", `You do not have ${lacking} yourself, so no token of yours can.`, {
      field: "actions",
      hint: "Leave it out, or ask an owner or admin to make the token.",
    });
  }
  const wide = databases === "all" ? undefined : actions.find(isNamespaceWide);
  if (wide !== undefined) {
    throw new LastgoodError("invalid_input", `${wide} is about more than single databases.`, {
      field: "actions",
      hint: "Leave it out, or make the token good for all databases.",
    });
  }
  return actions;
}

async function requireWithinParent(
  db: MetadataTransaction,
  { actor }: CallContext,
  child: { expiresAtMs: number | null; ratePerMinute: number | null },
): Promise<void> {
  if (actor.kind !== "token") return;
  const parent = await db.apiToken.findUniqueOrThrow({ where: { id: actor.tokenId } });
  if (parent.expiresAtMs !== null && (child.expiresAtMs === null || child.expiresAtMs > Number(parent.expiresAtMs))) {
    throw new LastgoodError("forbidden", "A token cannot make one that lasts longer than itself.", {
      field: "expiresInHours",
      hint: "Let it expire earlier, or make it on the page of tokens.",
    });
  }
  const rateOf = (rate: number | null) => (rate === 0 ? Number.POSITIVE_INFINITY : (rate ?? DEFAULT_RATE_PER_MINUTE));
  if (rateOf(child.ratePerMinute) > rateOf(parent.ratePerMinute)) {
    throw new LastgoodError("forbidden", "A token cannot make one that may call more often than itself.", {
      field: "ratePerMinute",
      hint: "Give it a lower rate, or make it on the page of tokens.",
    });
  }
}

async function requireRoom(db: MetadataTransaction, { namespace, userId }: Principal): Promise<void> {
  const count = await db.apiToken.count({
    where: {
      namespaceId: namespace.id,
      userId,
      revokedAtMs: null,
      OR: [{ expiresAtMs: null }, { expiresAtMs: { gt: nowMs() } }],
    },
  });
  if (count < TOKEN_LIMITS.perPerson) return;
  throw new LastgoodError("conflict", `You have ${count} API tokens already.`, {
    hint: "Revoke those that are not used any more.",
  });
}
