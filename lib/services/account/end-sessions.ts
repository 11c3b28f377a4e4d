import { LastgoodError } from "../../domain/errors.ts";
import { isUuid } from "../../domain/names.ts";
import type { CallContext } from "../call-context.ts";
import { performOwn } from "../perform-own.ts";

/** Ends one of the caller's own sessions; its next call is refused. Anybody else's is `not_found`. */
export async function endOwnSession(ctx: CallContext, sessionId: string): Promise<void> {
  await performOwn(ctx, "session.revoke", async ({ db, account, note }) => {
    const id = isUuid(sessionId) ? sessionId.toLowerCase() : "";
    note({ kind: "session", id });
    const { count } = await db.session.deleteMany({ where: { id, userId: account.id } });
    if (count === 1) return;
    throw new LastgoodError("not_found", "You have no such session.", { hint: "It may have ended already." });
  });
}

/** Ends all of the caller's sessions but the one that calls. */
export function endOtherSessions(ctx: CallContext): Promise<{ ended: number }> {
  return performOwn(ctx, "session.revoke", async ({ db, account, note }) => {
    const { count: ended } = await db.session.deleteMany({
      where: { userId: account.id, id: { not: account.sessionId } },
    });
    note(null, { ended });
    return { ended };
  });
}
