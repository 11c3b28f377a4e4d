import { type MetadataReader, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";

const CONFIRMED_FOR_MS = 10n * 60_000n;
/** Clocks of several consoles differ a little. */
const CLOCK_SKEW_MS = 60_000n;

/**
 * What destroys asks people for their password again, or for a code where they have a second factor, once the last time
 * was more than ten minutes ago: an unattended browser must not be enough. API tokens and Lastgood itself pass: they
 * carry no password. Throws `confirmation_needed`; `confirmSession` takes the answer.
 */
export async function requireConfirmed({ actor }: CallContext, db: MetadataReader = metadata()): Promise<void> {
  if (actor.kind !== "user") return;
  const session = await db.session.findUnique({
    where: { id: actor.sessionId },
    select: { confirmedAtMs: true, user: { select: { totpSinceMs: true } } },
  });
  const ageMs = nowMs() - (session?.confirmedAtMs ?? 0n);
  if (ageMs >= -CLOCK_SKEW_MS && ageMs <= CONFIRMED_FOR_MS) return;
  const factor = session && session.user.totpSinceMs !== null ? "code" : "password";
  throw new LastgoodError(
    "confirmation_needed",
    factor === "code"
      ? "It is more than 10 minutes since you gave a code of your second factor."
      : "It is more than 10 minutes since you gave your password.",
    { hint: `Give ${factor === "code" ? "a code" : "it"} again to go on. Nothing was started.`, factor },
  );
}
