import { randomUUID } from "node:crypto";
import { type MetadataTransaction, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import { cleanUserAgent } from "./clean-user-agent.ts";

export const SESSION_DAYS = 14;
const SESSION_MS = BigInt(SESSION_DAYS) * 86_400_000n;

/** What a session cookie carries, signed and encrypted. It counts only while the session's row exists. */
export type SessionClaims = { userId: string; email: string; sessionId: string; sessionVersion: number };

/** Begins a session of a user, who has just proved who they are: always a new id. */
export async function createSession(
  tx: MetadataTransaction,
  user: { id: string; email: string; sessionVersion: number },
  origin: Pick<CallOrigin, "address" | "userAgent"> = { address: null },
): Promise<SessionClaims> {
  const now = nowMs();
  const sessionId = randomUUID();
  await tx.session.deleteMany({ where: { userId: user.id, expiresAtMs: { lt: now } } });
  await tx.session.create({
    data: {
      id: sessionId,
      userId: user.id,
      sessionVersion: user.sessionVersion,
      createdAtMs: now,
      expiresAtMs: now + SESSION_MS,
      confirmedAtMs: now,
      lastSeenMs: now,
      address: origin.address,
      userAgent: cleanUserAgent(origin.userAgent),
    },
  });
  return { userId: user.id, email: user.email, sessionId, sessionVersion: user.sessionVersion };
}

/** Ends a session; its cookie is worth nothing from then on. */
export async function endSession(sessionId: string): Promise<void> {
  await metadata().session.deleteMany({ where: { id: sessionId } });
}

const SEEN_STEP_MS = 60_000n;

/** Whether a cookie's session still counts: the row exists, has not expired, and the user's version is unchanged. */
export async function isSessionValid(claims: SessionClaims): Promise<boolean> {
  return (await findSession(claims)) !== null;
}

/**
 * The same for a call that is about to be made, and writes down, at most once a minute, when the session was last seen, and from
 * where.
 */
export async function admitSession(claims: SessionClaims, origin: CallOrigin): Promise<boolean> {
  const session = await findSession(claims);
  if (!session) return false;
  const now = nowMs();
  const isOld = session.lastSeenMs === null || session.lastSeenMs < now - SEEN_STEP_MS;
  if (isOld) {
    const seen = { lastSeenMs: now, address: origin.address, userAgent: cleanUserAgent(origin.userAgent) };
    await metadata().session.updateMany({ where: { id: session.id, lastSeenMs: session.lastSeenMs }, data: seen });
  }
  return true;
}

async function findSession({ userId, sessionId, sessionVersion }: SessionClaims) {
  const session = await metadata().session.findUnique({ where: { id: sessionId }, include: { user: true } });
  const counts =
    session !== null &&
    session.userId === userId &&
    session.expiresAtMs > nowMs() &&
    session.sessionVersion === sessionVersion &&
    session.user.sessionVersion === sessionVersion;
  return counts ? session : null;
}
