import type { DatabaseView } from "../../client/api-types.ts";
import { metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { awaitProtection } from "../databases/await-protection.ts";
import { createDatabase } from "../databases/create-database.ts";

const WAIT_MS = 25_000;
const startedIn = (region: string) => ({ region, retiredAtMs: null, seenAtMs: { gt: 0 } });

/**
 * Makes an empty hosted database, and answers once it can be used: D1's clients query it at once. It is in the region of that name where an
 * agent runs in one; otherwise the hint says nothing.
 */
export async function awaitD1Database(
  ctx: CallContext,
  { account, name, hint, signal }: { account: string; name: string; hint: string | null; signal: AbortSignal },
): Promise<DatabaseView> {
  const started = hint === null ? null : await metadata().agent.findFirst({ where: startedIn(hint) });
  const region = started?.region;
  const created = await createDatabase(ctx, { namespace: account, name, region, source: { how: "hosted" } });
  const settled = await awaitProtection(ctx, { namespace: account, created, timeoutMs: WAIT_MS, signal });
  const { database, job } = settled;
  if (database.state === "failed") {
    throw new LastgoodError(settled.code, job.error?.message ?? "The database could not be made.", {
      hint: job.error?.hint ?? "Mend the cause and try again; the name is free for the next attempt.",
    });
  }
  return database;
}
