import { randomUUID } from "node:crypto";
import { type MetadataTransaction, metadata } from "../../db/client.ts";
import type { CallOrigin } from "../../domain/actor.ts";
import { cleanUserAgent } from "./clean-user-agent.ts";

export const SESSION_DAYS = 14;
const SESSION_MS = SESSION_DAYS * 86_400_000;

/** What a session cookie carries, signed and encrypted. It counts only while the session's row exists. */
export type SessionClaims = { userId: string; email: string; sessionId: string; sessionVersion: number };

/** Begins a session of a user, who has just proved who they are: always a new id. */
export async function createSession(
  tx: MetadataTransaction,
  user: { id: string; email: string; sessionVersion: number },
  origin: Pick<CallOrigin, "address" | "userAgent"> = { address: null },
): Promise<SessionClaims> {
  const nowMs = Date.now();
  const sessionId = randomUUID();
  await tx.session.deleteMany({ where: { userId: user.id, expiresAtMs: { lt: BigInt(nowMs) } } });
  await tx.session.create({
    data: {
      id: sessionId,
      userId: user.id,
      sessionVersion: user.sessionVersion,
      createdAtMs: BigInt(nowMs),
      expiresAtMs: BigInt(nowMs + SESSION_MS),
      confirmedAtMs: BigInt(nowMs),
      lastSeenMs: BigInt(nowMs),
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

/** Whether a cookie's session still counts: the row exists, has not expired, and the user's version is unchanged. */
export async function isSessionValid({ userId, sessionId, sessionVersion }: SessionClaims): Promise<boolean> {
  const session = await metadata().session.findUnique({ where: { id: sessionId }, include: { user: true } });
  return (
    session !== null &&
    session.userId === userId &&
    session.expiresAtMs > BigInt(Date.now()) &&
    session.sessionVersion === sessionVersion &&
    session.user.sessionVersion === sessionVersion
  );
}
