import { type MetadataReader, type MetadataTransaction, metadata } from "../db/client.ts";
import { nowMs } from "../db/epoch-ms.ts";
import { LastgoodError } from "../domain/errors.ts";
import { changesOwn, type OwnAction } from "../domain/own-actions.ts";
import { type AuditTarget, writeAuditEntry } from "./audit/write-audit-entry.ts";
import type { CallContext } from "./call-context.ts";
import { transact } from "./transact.ts";

/** The account behind a session, as it is at this very moment. */
export type Account = {
  id: string;
  email: string;
  passwordHash: string;
  sessionId: string;
  sessionVersion: number;
  /** True once a second factor counts. */
  hasSecondFactor: boolean;
};

export type PerformedOwn<Db extends MetadataReader> = {
  db: Db;
  account: Account;
  /** Names the thing acted upon, and facts worth keeping in the audit log. */
  note(target: AuditTarget | null, detail?: Record<string, unknown>): void;
};

/** The account whose session calls, read freshly. Throws `unauthenticated`; for an API token `forbidden`. */
export async function findAccount(db: MetadataReader, { actor }: CallContext): Promise<Account> {
  if (actor.kind === "token") {
    throw new LastgoodError("forbidden", "An API token does not reach its owner's account.", {
      hint: "Sign in with a browser.",
    });
  }
  const session =
    actor.kind === "user"
      ? await db.session.findUnique({ where: { id: actor.sessionId }, include: { user: true } })
      : null;
  const { user } = session ?? {};
  const counts =
    session &&
    user &&
    actor.kind === "user" &&
    user.id === actor.userId &&
    user.sessionVersion === session.sessionVersion;
  if (!counts || session.expiresAtMs <= nowMs()) {
    throw new LastgoodError("unauthenticated", "You are not signed in any more.", { hint: "Sign in again." });
  }
  const { id, email, passwordHash, sessionVersion } = user;
  return { id, email, passwordHash, sessionVersion, sessionId: session.id, hasSecondFactor: user.totpSinceMs !== null };
}

/**
 * What `perform` is for a namespace, for somebody's own account: finds it as it is now, opens the transaction for what
 * changes something, runs `fn` and writes the audit entry with it. Refusals are audited as well. `fn` may run more than
 * once and must touch nothing but the metadata.
 */
export async function performOwn<T>(
  ctx: CallContext,
  action: OwnAction,
  fn: (performed: PerformedOwn<MetadataTransaction>) => Promise<T>,
): Promise<T> {
  const attempt: { account: Account | null; target: AuditTarget | null; detail: Record<string, unknown> } = {
    account: null,
    target: null,
    detail: {},
  };
  const run = async (db: MetadataTransaction): Promise<T> => {
    Object.assign(attempt, { account: null, target: null, detail: {} });
    const account = await findAccount(db, ctx);
    Object.assign(attempt, { account, target: { kind: "user", id: account.id } });
    const value = await fn({
      db,
      account,
      note(noted, detail = {}) {
        attempt.target = noted ?? attempt.target;
        attempt.detail = { ...attempt.detail, ...detail };
      },
    });
    if (changesOwn(action)) {
      const { target, detail } = attempt;
      await writeAuditEntry(db, ctx, {
        action,
        outcome: "done",
        namespaceId: null,
        actorName: account.email,
        target,
        detail,
      });
    }
    return value;
  };
  try {
    return await (changesOwn(action) ? transact(run) : run(metadata()));
  } catch (error) {
    if (error instanceof LastgoodError && error.code !== "unauthenticated") {
      const { account, target, detail } = attempt;
      await transact((tx) =>
        writeAuditEntry(tx, ctx, {
          action,
          outcome: error.code === "forbidden" ? "denied" : "refused",
          namespaceId: null,
          actorName: account?.email ?? null,
          target,
          detail: { ...detail, code: error.code },
        }),
      );
    }
    throw error;
  }
}
