import { randomUUID } from "node:crypto";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { transact } from "../transact.ts";

const SPAN_MS = 15 * 60_000;
const KEEP_MS = 24 * 3_600_000;
const MAX_FAILURES_PER_PAIR = 5;
const MAX_FAILURES_PER_ADDRESS = 30;
const MAX_FAILURES_PER_ACCOUNT = 50;

type Attempt = { account: string; address: string };

/**
 * Admits one attempt to sign in and counts it as failed until `recordSuccess`, so that parallel attempts cannot slip past
 * the limit: per account and address together, per address, and per account. The last one spares addresses from which
 * the account signed in before: nobody can lock its owner out. Throws `rate_limited`.
 * @returns the attempt's id
 */
export function admitSignIn({ account, address }: Attempt): Promise<string> {
  return transact(async (tx) => {
    const nowMs = Date.now();
    const since = { gte: BigInt(nowMs - SPAN_MS) };
    const failures = (where: Partial<Attempt>) =>
      tx.signInAttempt.count({ where: { ...where, ok: false, timeMs: since } });
    const refused =
      (await failures({ account, address })) >= MAX_FAILURES_PER_PAIR ||
      (await failures({ address })) >= MAX_FAILURES_PER_ADDRESS ||
      ((await failures({ account })) >= MAX_FAILURES_PER_ACCOUNT && !(await isKnownPlace(tx, { account, address })));
    if (refused) {
      throw new LastgoodError("rate_limited", "Too many attempts to sign in.", {
        hint: "Wait a quarter of an hour, then try again.",
        retryAfterSeconds: SPAN_MS / 1000,
      });
    }
    const id = randomUUID();
    await tx.signInAttempt.create({ data: { id, account, address, timeMs: BigInt(nowMs), ok: false } });
    await tx.signInAttempt.deleteMany({ where: { ok: false, timeMs: { lt: BigInt(nowMs - KEEP_MS) } } });
    return id;
  });
}

/** Marks an admitted attempt as successful; the failures before it from the same place no longer count. */
export async function recordSuccess(attemptId: string, { account, address }: Attempt): Promise<void> {
  await metadata().signInAttempt.deleteMany({ where: { account, address, ok: false, id: { not: attemptId } } });
  await metadata().signInAttempt.update({ where: { id: attemptId }, data: { ok: true } });
}

async function isKnownPlace(db: MetadataReader, { account, address }: Attempt): Promise<boolean> {
  return (await db.signInAttempt.findFirst({ where: { account, address, ok: true }, select: { id: true } })) !== null;
}
