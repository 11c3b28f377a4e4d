import { randomUUID } from "node:crypto";
import { isIPv6 } from "node:net";
import { type MetadataReader, metadata } from "../../db/client.ts";
import { nowMs } from "../../db/epoch-ms.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { transact } from "../transact.ts";

const SPAN_MS = 15n * 60_000n;
const DAY_MS = 24n * 3_600_000n;
const MAX_FAILURES_PER_PLACE = 5;
const MAX_CODES_PER_PLACE_A_DAY = 20;
const MAX_FAILURES_PER_ADDRESS = 30;
const MAX_FAILURES_PER_ACCOUNT = 50;

/**
 * Where an attempt comes from. A *device* is a browser in which this account has signed in before and which proves it, a
 * *session* one that is signed in: both have a budget of their own, so that nobody at the same address, and nobody who
 * tries the same account from elsewhere, can use it up.
 */
export type Place =
  | { kind: "address"; address: string | null }
  | { kind: "device"; id: string }
  | { kind: "session"; id: string };

/** What is guessed at: a password, or a code of the second factor by somebody who has the password. */
export type Guess = { account: string; what: "password" | "code"; place: Place };

type Key = { account: string; address: string };

/**
 * Admits one guess and counts it as failed until `recordSuccess`, so that guesses at the same time cannot slip past the
 * limits: five failures in a quarter of an hour per account and place (of codes also twenty a day), thirty per
 * address, fifty per account. The last one, which for codes counts a whole day, spares addresses from which the account signed in before: an owner cannot
 * be locked out of them. Throws `rate_limited`.
 * @returns the guess's id
 */
export async function admitGuess(guess: Guess): Promise<string> {
  // Asked without a transaction first: a flood of refused attempts then never waits for the metadata's one writer.
  await requireWithinLimits(metadata(), guess);
  return transact(async (tx) => {
    await requireWithinLimits(tx, guess);
    const id = randomUUID();
    const now = nowMs();
    await tx.signInAttempt.create({ data: { id, ...toKey(guess), timeMs: now, ok: false } });
    await tx.signInAttempt.deleteMany({ where: { ok: false, timeMs: { lt: now - DAY_MS } } });
    return id;
  });
}

async function requireWithinLimits(db: MetadataReader, guess: Guess): Promise<void> {
  const key = toKey(guess);
  const now = nowMs();
  const failures = (where: Partial<Key>, spanMs: bigint) =>
    db.signInAttempt.count({ where: { ...where, ok: false, timeMs: { gte: now - spanMs } } });
  if ((await failures(key, SPAN_MS)) >= MAX_FAILURES_PER_PLACE) throw tooMany();
  const isCode = guess.what === "code";
  if (isCode && (await failures(key, DAY_MS)) >= MAX_CODES_PER_PLACE_A_DAY) throw tooMany();
  if (guess.place.kind !== "address") return;
  if ((await failures({ address: key.address }, SPAN_MS)) >= MAX_FAILURES_PER_ADDRESS) throw tooMany();
  const ofAccount = await failures({ account: key.account }, isCode ? DAY_MS : SPAN_MS);
  if (ofAccount >= MAX_FAILURES_PER_ACCOUNT && !(await isKnownPlace(db, key))) throw tooMany();
}

/**
 * Marks an admitted guess as right; the failures before it from the same place no longer count. A right code was preceded
 * by the right password, so both are known to come from there.
 */
export async function recordSuccess(id: string, guess: Guess): Promise<void> {
  await transact(async (tx) => {
    await tx.signInAttempt.deleteMany({ where: { ...toKey(guess), id: { not: id } } });
    if (guess.place.kind === "session") {
      // Nobody asks whether a session is a known place.
      await tx.signInAttempt.deleteMany({ where: { id } });
      return;
    }
    await tx.signInAttempt.updateMany({ where: { id }, data: { ok: true } });
    if (guess.what === "password") return;
    const passwords = toKey({ ...guess, what: "password" });
    await tx.signInAttempt.deleteMany({ where: passwords });
    await tx.signInAttempt.create({ data: { id: randomUUID(), ...passwords, timeMs: nowMs(), ok: true } });
  });
}

/** Takes an admitted guess back that turned out to be none. */
export async function forgetGuess(id: string): Promise<void> {
  await metadata().signInAttempt.deleteMany({ where: { id } });
}

function toKey({ account, what, place }: Guess): Key {
  const address = place.kind === "address" ? toNetwork(place.address) : `${place.kind}:${place.id}`;
  return { account: what === "code" ? `${account} code` : account, address };
}

/** Whoever has one IPv6 address has 2^64 of them. */
function toNetwork(address: string | null): string {
  if (address === null) return "unknown";
  if (!isIPv6(address)) return address;
  const [head = "", tail = ""] = address.toLowerCase().replace(/%.*$/, "").split("::");
  const before = head.split(":").filter(Boolean);
  const after = tail.split(":").filter(Boolean);
  const zeros = address.includes("::") ? Math.max(0, 8 - before.length - after.length) : 0;
  const groups = [...before, ...Array.from({ length: zeros }, () => "0"), ...after];
  return `${groups
    .slice(0, 4)
    .map((group) => group.replace(/^0+(?=.)/, ""))
    .join(":")}::/64`;
}

function tooMany(): LastgoodError {
  return new LastgoodError("rate_limited", "Too many attempts.", {
    hint: "Wait a quarter of an hour, then try again. A browser in which you signed in before may be let in sooner.",
    retryAfterSeconds: Number(SPAN_MS) / 1000,
  });
}

async function isKnownPlace(db: MetadataReader, key: Key): Promise<boolean> {
  return (await db.signInAttempt.findFirst({ where: { ...key, ok: true }, select: { id: true } })) !== null;
}
