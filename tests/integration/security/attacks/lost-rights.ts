import { metadata } from "../../../../lib/db/client.ts";
import type { Role } from "../../../../lib/domain/actions.ts";
import { LastgoodError } from "../../../../lib/domain/errors.ts";
import type { CallContext } from "../../../../lib/services/call-context.ts";
import { perform } from "../../../../lib/services/perform.ts";
import { openMetadataWorld } from "../../services/open-metadata-world.ts";

async function outcome(ctx: CallContext): Promise<string> {
  try {
    return await perform(ctx, "database.delete", { namespace: "acme" }, async () => "done");
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

/** Cases 6 and 8: rights that were never there, or that have ended, let nobody in, by session and by token. */
export async function attack(): Promise<string | null> {
  const world = await openMetadataWorld();
  try {
    const acme = await world.addNamespace("acme");
    const callers = async (role: Role, name: string, actions: "all" | ["database.read"] = "all") => {
      const userId = await world.addUser(`${name}@acme.example`, { [acme]: role });
      const token = await world.contextOfToken(await world.addToken(userId, acme, actions));
      return { userId, session: await world.contextOf(userId), token };
    };
    const viewer = await callers("viewer", "viewer");
    for (const ctx of [viewer.session, viewer.token]) {
      if ((await outcome(ctx)) !== "forbidden") return "a viewer deletes";
    }
    const reading = await callers("owner", "reading", ["database.read"]);
    if ((await outcome(reading.token)) !== "forbidden") return "a token that reads deletes";

    const demoted = await callers("admin", "demoted");
    await metadata().membership.updateMany({ where: { userId: demoted.userId }, data: { role: "viewer" } });
    const removed = await callers("admin", "removed");
    await metadata().membership.deleteMany({ where: { userId: removed.userId } });
    for (const [who, code] of [
      [demoted, "forbidden"],
      [removed, "not_found"],
    ] as const) {
      if ((await outcome(who.session)) !== code || (await outcome(who.token)) !== code) return `${code} did not come`;
    }
    const ended = await callers("admin", "ended");
    await metadata().user.update({ where: { id: ended.userId }, data: { sessionVersion: { increment: 1 } } });
    if ((await outcome(ended.session)) !== "unauthenticated") return "a session outlives its version";
    const revoked = await callers("admin", "revoked");
    await metadata().apiToken.updateMany({ where: { userId: revoked.userId }, data: { revokedAtMs: 1n } });
    if ((await outcome(revoked.token)) !== "unauthenticated") return "a token outlives its revocation";
    const old = await callers("admin", "old");
    await metadata().session.updateMany({ where: { userId: old.userId }, data: { expiresAtMs: 1n } });
    return (await outcome(old.session)) === "unauthenticated" ? null : "a session outlives its end";
  } finally {
    await world.close();
  }
}
