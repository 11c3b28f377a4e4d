import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { hashPassword } from "../../../lib/services/auth/hash-password.ts";
import { admitGuess, type Guess, recordSuccess } from "../../../lib/services/auth/limit-sign-ins.ts";
import { type KnownDevice, verifyCredentials } from "../../../lib/services/auth/verify-credentials.ts";
import { findTokenActor } from "../../../lib/services/tokens/find-token-actor.ts";
import { callOrigin } from "../../../lib/web/authenticate.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const email = "ada@acme.example";
const password = "correct horse battery staple";
let world: MetadataWorld;

beforeAll(async () => {
  world = await openMetadataWorld();
  const userId = await world.addUser(email, {});
  await metadata().user.update({ where: { id: userId }, data: { passwordHash: await hashPassword(password) } });
});
afterAll(() => world.close());
beforeEach(() => metadata().signInAttempt.deleteMany());

const from = (address: string) => ({ requestId: "r", address });
const signIn = (address: string, given: string, device: KnownDevice | null = null, account = email) =>
  refusalCode(verifyCredentials(from(address), { email: account, password: given }, device));
/** The same as far as the limits go: a wrong password, without the work of comparing it. */
const guess = (address: string, device: KnownDevice | null = null, account = email) => {
  const place: Guess["place"] =
    device?.account === account ? { kind: "device", id: device.id } : { kind: "address", address };
  return refusalCode(admitGuess({ account, what: "password", place }));
};
const count = (codes: string[], code: string) => codes.filter((one) => one === code).length;

/** A call as the console sees it: the peer's address, and whatever the caller wrote into X-Forwarded-For. */
const seenAddress = (peer: string, forwarded: string) =>
  callOrigin(new Headers({ "x-lastgood-peer": peer, "x-forwarded-for": forwarded })).address ?? "";

describe("case 41: a thousand logins with rotating X-Forwarded-For:", () => {
  test("what a stranger writes into it is not believed: one address, five guesses, then 429", async () => {
    const codes: string[] = [];
    for (let attempt = 0; attempt < 1_000; attempt++) {
      const address = seenAddress("203.0.113.5", `198.51.${attempt >> 8}.${attempt & 255}`);
      codes.push(await signIn(address, "wrong"));
    }
    expect([count(codes, "unauthenticated"), count(codes, "rate_limited")]).toEqual([5, 995]);
    // The victim at any other address notices nothing.
    expect(await signIn("192.0.2.1", password)).toBe("done");
  });

  test("behind a trusted proxy, or with a thousand real addresses, the account stops it; the victim is let in", async () => {
    expect(await signIn("192.0.2.1", password)).toBe("done");
    process.env.LASTGOOD_TRUSTED_PROXIES = "10.0.0.1";
    const codes: string[] = [];
    try {
      for (let attempt = 0; attempt < 1_000; attempt++) {
        const address = seenAddress("10.0.0.1", `8.8.8.8, 198.51.${attempt >> 8}.${attempt & 255}`);
        codes.push(await guess(address));
      }
    } finally {
      delete process.env.LASTGOOD_TRUSTED_PROXIES;
    }
    expect([count(codes, "done"), count(codes, "rate_limited")]).toEqual([50, 950]);
    expect(await signIn("198.51.100.200", password)).toBe("rate_limited");
    expect(await signIn("192.0.2.1", password)).toBe("done");
  });

  test("control: without the limit each of them is a guess", async () => {
    const codes: string[] = [];
    for (let attempt = 0; attempt < 8; attempt++) {
      await metadata().signInAttempt.deleteMany();
      codes.push(await signIn("203.0.113.5", "wrong"));
    }
    expect(count(codes, "unauthenticated")).toBe(8);
  });
});

describe("a browser in which the account signed in before", () => {
  const device = { account: email, id: "6f6a6c1e-6a1c-4a55-9d5c-1d2f8a3b4c5d" };

  test("is let in although somebody at the very same address used every other limit up", async () => {
    for (let attempt = 0; attempt < 5; attempt++) await guess("203.0.113.5");
    for (let attempt = 0; attempt < 30; attempt++) await guess("203.0.113.5", null, `x${attempt}@acme.example`);
    expect(await signIn("203.0.113.5", password)).toBe("rate_limited");
    expect(await signIn("203.0.113.5", password, device)).toBe("done");
  });

  test("has five guesses of its own, and none for other accounts", async () => {
    const codes: string[] = [];
    for (let attempt = 0; attempt < 7; attempt++) codes.push(await guess("203.0.113.5", device));
    expect([count(codes, "done"), count(codes, "rate_limited")]).toEqual([5, 2]);
    const others: string[] = [];
    for (let attempt = 0; attempt < 35; attempt++) {
      others.push(await guess("203.0.113.9", device, `x${attempt}@acme.example`));
    }
    expect([count(others, "done"), count(others, "rate_limited")]).toEqual([30, 5]);
  });
});

test("one network of IPv6 addresses is one place", async () => {
  const codes: string[] = [];
  for (let host = 0; host < 8; host++) codes.push(await guess(`2001:db8:1:2:${host}::${host + 1}`));
  expect([count(codes, "done"), count(codes, "rate_limited")]).toEqual([5, 3]);
  expect(await guess("2001:db8:1:3::1")).toBe("done");
  expect(await guess("2001:0db8:0001:0002::9")).toBe("rate_limited");
});

test("a success forgets the failures before it from the same place, and no others", async () => {
  const address = "203.0.113.5";
  for (let attempt = 0; attempt < 4; attempt++) await guess(address);
  expect(await signIn(address, password)).toBe("done");
  for (let attempt = 0; attempt < 4; attempt++) await guess(address);
  expect(await signIn(address, password)).toBe("done");
  const codes: Guess = { account: email, what: "code", place: { kind: "address", address } };
  for (let attempt = 0; attempt < 5; attempt++) await admitGuess(codes);
  expect(await refusalCode(admitGuess(codes))).toBe("rate_limited");
  const passwords: Guess = { ...codes, what: "password" };
  await recordSuccess(await admitGuess(passwords), passwords);
  expect(await refusalCode(admitGuess(codes))).toBe("rate_limited");
});

describe("case 42: what time tells:", () => {
  test("an API token is looked up by its hash: what is compared is nothing that a caller chooses", async () => {
    const userId = await world.addUser("token@acme.example", {});
    const token = await world.addToken(userId, await world.addNamespace("acme"));
    const stored = await metadata().apiToken.findFirstOrThrow({ where: { userId } });
    expect(stored.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify(stored, (_, one) => (typeof one === "bigint" ? 0 : one))).not.toContain(token.slice(6));
    // A token that shares all but its last character is as unknown as any other; control: the whole of it is known.
    const near = token.slice(0, -1) + (token.endsWith("A") ? "B" : "A");
    expect(await refusalCode(findTokenActor(near, "192.0.2.1"))).toBe("unauthenticated");
    expect(await refusalCode(findTokenActor(stored.hash, "192.0.2.1"))).toBe("unauthenticated");
    expect(await refusalCode(findTokenActor(token, "192.0.2.1"))).toBe("done");
  });

  test("an unknown user costs the hashing of a password, as a known one does", async () => {
    const median = async (account: string) => {
      const timesMs: number[] = [];
      for (let round = 0; round < 3; round++) {
        await metadata().signInAttempt.deleteMany();
        const startMs = performance.now();
        await signIn("192.0.2.1", "wrong", null, account);
        timesMs.push(performance.now() - startMs);
      }
      return timesMs.sort((a, b) => a - b)[1] ?? 0;
    };
    await signIn("192.0.2.1", "wrong");
    const [known, unknown] = [await median(email), await median("nobody@acme.example")];
    expect(unknown).toBeGreaterThan(known / 3);
    expect(known).toBeGreaterThan(unknown / 3);
  });
});
