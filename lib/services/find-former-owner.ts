import type { MetadataReader } from "../db/client.ts";
import { nowMs } from "../db/epoch-ms.ts";
import { LastgoodError } from "../domain/errors.ts";
import { isUuid } from "../domain/names.ts";
import type { CallContext } from "./call-context.ts";
import type { Principal } from "./find-principal.ts";

/**
 * The one way into a namespace that was deleted, for taking that back: a signed-in person who was its owner. To everybody
 * else, and to every API token, it goes on reading as absent.
 */
export async function findFormerOwner(
  db: MetadataReader,
  { actor }: CallContext,
  namespace: string,
): Promise<Principal> {
  if (actor.kind === "user") {
    const session = await db.session.findUnique({ where: { id: actor.sessionId }, include: { user: true } });
    const { user } = session ?? {};
    const isCurrent =
      session?.userId === actor.userId &&
      session.expiresAtMs > nowMs() &&
      session.sessionVersion === user?.sessionVersion;
    if (!user || !isCurrent) {
      throw new LastgoodError("unauthenticated", "You are not signed in.", { hint: "Sign in again." });
    }
    const found = await db.membership.findFirst({
      where: {
        userId: user.id,
        role: "owner",
        namespace: {
          ...(isUuid(namespace) ? { id: namespace.toLowerCase() } : { slug: namespace }),
          deletedAtMs: { not: null },
          purgedAtMs: null,
        },
      },
      include: { namespace: { select: { id: true, slug: true, name: true } } },
    });
    if (found) {
      const { namespace: place } = found;
      return { userId: user.id, name: user.email, namespace: place, role: "owner", scopes: "all", databases: "all" };
    }
  }
  throw new LastgoodError("not_found", `There is no namespace ${namespace.slice(0, 64)} to bring back.`, {
    hint: "Only who was its owner can, and only until its grace period is over.",
  });
}
