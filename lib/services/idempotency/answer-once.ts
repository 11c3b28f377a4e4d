import { createHash, randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { isUniqueViolation, metadata } from "../../db/client.ts";
import { storeNowMs } from "../../db/store-time.ts";
import { type Action, isAction } from "../../domain/actions.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { findPrincipal } from "../find-principal.ts";
import { authorise } from "../perform.ts";
import { openSealedText, sealText } from "../seal-text.ts";
import type { OneCall } from "./note-effect.ts";

/** An answer as it is kept for repeats. */
export type KeptAnswer = { status: number; headers: Record<string, string>; body: string };

export type OnceInput = {
  key: string;
  /** The namespace as the address names it; null where it names none. */
  namespace: string | null;
  /** All that makes it this call: method, address and body. */
  request: string;
  signal: AbortSignal;
  run(ctx: CallContext): Promise<KeptAnswer>;
  /** The answer to a failure of a call that had changed something by then. */
  fail(error: unknown): Promise<KeptAnswer>;
  /** Answers for what an earlier call with this key has made, where that call's own answer is not there. */
  recall: ((ctx: CallContext, madeId: string) => Promise<KeptAnswer>) | null;
};

/** A day is promised; what is older than this goes when the next call comes. */
const KEPT_MS = 26 * 3_600_000;
const LEASE_MS = 10_000;
const RENEW_EVERY_MS = 3_000;
const LOOK_EVERY_MS = 150;
/** A repeat waits so long for the first call's end. */
const PATIENCE_MS = 10 * 60_000;
const PURPOSE = "answers to repeated calls";

/**
 * Carries a call out once per key, caller and namespace, however often it comes: repeats get the first one's answer, also after
 * a restart and from another console. Another request under the key is `idempotency_key_reused`. A call that was refused
 * before it changed anything leaves the key free. After a crash the row says whether it had taken effect: then it is not
 * run again, and without a `recall` the repeat is `conflict` and names what was made.
 */
export async function answerOnce(ctx: CallContext, input: OnceInput): Promise<KeptAnswer> {
  const scope = await scopeOf(ctx, input.namespace);
  const requestDigest = createHash("sha256").update(input.request).digest("hex");
  const leaseOwner = randomUUID();
  const untilMs = Date.now() + PATIENCE_MS;
  await metadata().idempotentCall.deleteMany({
    where: { createdAtMs: { lt: (await storeNowMs()) - BigInt(KEPT_MS) } },
  });
  for (;;) {
    const id = randomUUID();
    if (await insert({ id, scope, key: input.key, requestDigest, leaseOwner })) {
      return carryOut(ctx, input, { id, leaseOwner, done: null });
    }
    const now = await storeNowMs();
    const row = await metadata().idempotentCall.findUnique({ where: { scope_key: { scope, key: input.key } } });
    // It was refused just now, which left the key free.
    if (!row) continue;
    if (row.requestDigest !== requestDigest) throw reused();
    if (row.answerSealed !== null) return openAnswer(ctx, row.id, row.answerSealed);
    if (row.tookEffectMs !== null) {
      if (input.recall && row.targetId !== null) return input.recall(ctx, row.targetId);
      if (isFree(row.leaseUntilMs, now)) throw answerLost(row);
    } else if (isFree(row.leaseUntilMs, now) && (await takeOver(row, leaseOwner))) {
      return carryOut(ctx, input, { id: row.id, leaseOwner, done: null });
    }
    if (Date.now() >= untilMs || input.signal.aborted) throw stillRunning();
    await sleep(LOOK_EVERY_MS);
  }
}

/** Whose key it is. Throws `not_found` for a namespace that the caller does not belong to. */
async function scopeOf(ctx: CallContext, namespace: string | null): Promise<string> {
  const { actor } = ctx;
  const named = namespace ?? (actor.kind === "token" ? actor.namespaceId : null);
  const place = named === null ? "" : (await findPrincipal(metadata(), ctx, named)).namespace.id;
  if (actor.kind === "token") return `token:${actor.tokenId}:${place}`;
  return `user:${actor.kind === "user" ? actor.userId : actor.kind}:${place}`;
}

async function insert(row: {
  id: string;
  scope: string;
  key: string;
  requestDigest: string;
  leaseOwner: string;
}): Promise<boolean> {
  const createdAtMs = await storeNowMs();
  try {
    await metadata().idempotentCall.create({
      data: { ...row, leaseUntilMs: createdAtMs + BigInt(LEASE_MS), createdAtMs },
    });
    return true;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    return false;
  }
}

const isFree = (leaseUntilMs: bigint | null, now: bigint) => leaseUntilMs === null || leaseUntilMs < now;

async function takeOver(row: { id: string; leaseOwner: string | null }, leaseOwner: string): Promise<boolean> {
  const leaseUntilMs = (await storeNowMs()) + BigInt(LEASE_MS);
  const { count } = await metadata().idempotentCall.updateMany({
    where: { id: row.id, leaseOwner: row.leaseOwner, tookEffectMs: null, answerSealed: null },
    data: { leaseOwner, leaseUntilMs },
  });
  return count === 1;
}

async function carryOut(ctx: CallContext, input: OnceInput, call: OneCall): Promise<KeptAnswer> {
  const mine = { id: call.id, leaseOwner: call.leaseOwner };
  // A renewal that fails is made up for by the next one; what counts is checked where something is changed.
  const renewing = setInterval(() => void renew(mine).catch(() => undefined), RENEW_EVERY_MS);
  try {
    const answer = await input.run({ ...ctx, once: call });
    // Whoever went away before the end has not read this answer: a repeat waits for the end instead.
    if (input.signal.aborted && input.recall && call.done) await release(mine);
    else await keep(call, answer);
    return answer;
  } catch (error) {
    if (!call.done) {
      await metadata().idempotentCall.deleteMany({ where: { ...mine, tookEffectMs: null } });
      throw error;
    }
    const answer = await input.fail(error);
    await keep(call, answer);
    return answer;
  } finally {
    clearInterval(renewing);
  }
}

async function renew(mine: { id: string; leaseOwner: string }): Promise<void> {
  const leaseUntilMs = (await storeNowMs()) + BigInt(LEASE_MS);
  await metadata().idempotentCall.updateMany({ where: mine, data: { leaseUntilMs } });
}

async function release(mine: { id: string; leaseOwner: string }): Promise<void> {
  await metadata().idempotentCall.updateMany({ where: mine, data: { leaseUntilMs: null } });
}

/** Sealed: some answers tell a secret, and tell it to nobody but this caller. */
async function keep(call: OneCall, answer: KeptAnswer): Promise<void> {
  const answerSealed = sealText(
    { purpose: PURPOSE, owner: call.id },
    JSON.stringify({ ...answer, done: call.done } satisfies KeptAnswer & Pick<OneCall, "done">),
  );
  await metadata().idempotentCall.updateMany({
    where: { id: call.id, leaseOwner: call.leaseOwner },
    data: { answerSealed, leaseUntilMs: null },
  });
}

/** The kept answer, for a caller who still has the right that the call took. */
async function openAnswer(ctx: CallContext, id: string, sealed: string): Promise<KeptAnswer> {
  const text = openSealedText({ purpose: PURPOSE, owner: id }, sealed);
  if (text === null) throw answerLost({ targetKind: null, targetId: null });
  const { done, ...answer } = JSON.parse(text) as KeptAnswer & { done: { namespaceId: string; action: string } | null };
  if (done && isAction(done.action)) {
    await authorise(ctx, done.action satisfies Action, { namespace: done.namespaceId }, async () => undefined);
  }
  return answer;
}

function reused(): LastgoodError {
  return new LastgoodError("idempotency_key_reused", "This Idempotency-Key was used for another call.", {
    field: "Idempotency-Key",
    hint: "Use a new key for a new call; only a repeat of the very same call has the same key.",
  });
}

function stillRunning(): LastgoodError {
  return new LastgoodError("conflict", "The first call with this Idempotency-Key is still under way.", {
    field: "Idempotency-Key",
    hint: "Repeat it later: then it answers what came of it.",
    retryAfterSeconds: 5,
  });
}

function answerLost({ targetKind, targetId }: { targetKind: string | null; targetId: string | null }): LastgoodError {
  const made = targetKind === null || targetId === null ? null : { kind: targetKind, id: targetId };
  return new LastgoodError(
    "conflict",
    "The first call with this Idempotency-Key took effect, and its answer was lost.",
    {
      field: "Idempotency-Key",
      hint: "It is not done a second time: look at what is there, and use a new key for a new call.",
      ...(made && { made }),
    },
  );
}
