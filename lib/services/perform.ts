import { type MetadataReader, type MetadataTransaction, metadata } from "../db/client.ts";
import { type Action, changesSomething, isNamespaceWide, roleMay } from "../domain/actions.ts";
import { LastgoodError } from "../domain/errors.ts";
import { type AuditTarget, writeAuditEntry } from "./audit/write-audit-entry.ts";
import type { CallContext } from "./call-context.ts";
import { findFormerOwner } from "./find-former-owner.ts";
import { findPrincipal, type Principal } from "./find-principal.ts";
import { noteEffect } from "./idempotency/note-effect.ts";
import { transact } from "./transact.ts";

/** What is acted upon: a namespace by slug or id, and the thing within it as the caller named it. */
export type PerformTarget = { namespace: string; target?: AuditTarget };

export type Performed<Db extends MetadataReader> = {
  db: Db;
  principal: Principal;
  /** Names the thing acted upon once it is known, and facts worth keeping in the audit log. */
  note(target: AuditTarget | null, detail?: Record<string, unknown>): void;
};

/** Throws `forbidden` unless role and, for a token, its actions and databases all allow the action. */
function requireRight({ role, scopes, databases }: Principal, action: Action): void {
  if (!roleMay(role, action)) {
    throw new LastgoodError("forbidden", `Your role, ${role}, does not include ${action}.`, {
      hint: "Ask an owner or admin of this namespace.",
    });
  }
  requireScope({ scopes }, action);
  if (databases !== "all" && isNamespaceWide(action)) {
    throw new LastgoodError("forbidden", `This API token is limited to certain databases; ${action} is about more.`, {
      hint: "Use a token that is good for the whole namespace.",
    });
  }
}

/** Throws `forbidden` where a token's scopes do not include the action; a session has them all. */
export function requireScope({ scopes }: Pick<Principal, "scopes">, action: Action): void {
  if (scopes === "all" || scopes.includes(action)) return;
  throw new LastgoodError("forbidden", `This API token does not have the scope ${action}.`, {
    hint: "Use a token that has it.",
  });
}

type Attempt = { principal: Principal | null; target: AuditTarget | null; detail: Record<string, unknown> };

/**
 * The only way to do something on somebody's behalf: reads the caller's rights as they are now, refuses what they do not
 * include, opens the transaction for what changes something, runs `fn` and writes the audit entry with it. Refusals are
 * audited as well. Another namespace's things are `not_found`, lacking a right within one's own is `forbidden`.
 * `fn` may run more than once and must touch nothing but the metadata.
 */
export async function perform<T>(
  ctx: CallContext,
  action: Action,
  { namespace, target }: PerformTarget,
  fn: (performed: Performed<MetadataTransaction>) => Promise<T>,
): Promise<T> {
  const attempt: Attempt = { principal: null, target: target ?? null, detail: {} };
  const run = async (db: MetadataTransaction): Promise<T> => {
    Object.assign(attempt, { principal: null, target: target ?? null, detail: {} });
    const find = action === "namespace.undelete" ? findFormerOwner : findPrincipal;
    const principal = await find(db, ctx, namespace);
    attempt.principal = principal;
    requireRight(principal, action);
    const value = await fn({
      db,
      principal,
      note(noted, detail = {}) {
        attempt.target = noted ?? attempt.target;
        attempt.detail = { ...attempt.detail, ...detail };
      },
    });
    if (changesSomething(action)) {
      const { id: namespaceId } = principal.namespace;
      const { target: touched, detail } = attempt;
      await writeAuditEntry(db, ctx, {
        action,
        outcome: "done",
        namespaceId,
        actorName: principal.name,
        target: touched,
        detail,
      });
      if (ctx.once) await noteEffect(db, ctx.once, touched);
    }
    return value;
  };
  try {
    if (!changesSomething(action)) return await run(metadata());
    const value = await transact(run);
    if (ctx.once && attempt.principal) ctx.once.done ??= { namespaceId: attempt.principal.namespace.id, action };
    return value;
  } catch (error) {
    await auditRefusal(ctx, action, namespace, attempt, error);
    throw error;
  }
}

/**
 * Checks a right and finds what it is about, before asking an agent something. Whatever is then written goes through
 * `perform`, which checks again.
 */
export async function authorise<T>(
  ctx: CallContext,
  action: Action,
  { namespace, target }: PerformTarget,
  find: (db: MetadataReader, principal: Principal) => Promise<T>,
): Promise<T> {
  const attempt: Attempt = { principal: null, target: target ?? null, detail: {} };
  try {
    attempt.principal = await findPrincipal(metadata(), ctx, namespace);
    requireRight(attempt.principal, action);
    return await find(metadata(), attempt.principal);
  } catch (error) {
    await auditRefusal(ctx, action, namespace, attempt, error);
    throw error;
  }
}

/** Denials and absent things are always written down; other refusals where the action would have changed something. */
async function auditRefusal(
  ctx: CallContext,
  action: Action,
  namespace: string,
  { principal, target, detail }: Attempt,
  error: unknown,
): Promise<void> {
  if (!(error instanceof LastgoodError) || error.code === "unauthenticated") return;
  if (error.code === "metadata_unavailable") return;
  const denied = error.code === "forbidden" || principal === null;
  if (!denied && error.code !== "not_found" && !changesSomething(action)) return;
  await transact((tx) =>
    writeAuditEntry(tx, ctx, {
      action,
      outcome: denied ? "denied" : "refused",
      namespaceId: principal?.namespace.id ?? null,
      actorName: principal?.name ?? null,
      target,
      detail: { ...detail, code: error.code, ...(principal === null && { namespace: namespace.slice(0, 64) }) },
    }),
  );
}
