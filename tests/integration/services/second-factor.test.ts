import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { changePassword } from "../../../lib/services/account/change-password.ts";
import { readAccount } from "../../../lib/services/account/read-account.ts";
import { confirmSession } from "../../../lib/services/auth/confirm-session.ts";
import { isSessionValid } from "../../../lib/services/auth/create-session.ts";
import { hashPassword } from "../../../lib/services/auth/hash-password.ts";
import { requireConfirmed } from "../../../lib/services/auth/require-confirmed.ts";
import { type CodeChallenge, verifyCode, verifyCredentials } from "../../../lib/services/auth/verify-credentials.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { disableSecondFactor, renewRecoveryCodes } from "../../../lib/services/second-factor/disable-second-factor.ts";
import { enableSecondFactor } from "../../../lib/services/second-factor/enable-second-factor.ts";
import { offerSecondFactor } from "../../../lib/services/second-factor/offer-second-factor.ts";
import { authOptions } from "../../../lib/web/auth-options.ts";
import { oneTimeCode } from "../../world/one-time-code.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const password = "correct horse battery staple";
const from = (address: string) => ({ requestId: "r", address });
const HOME = from("192.0.2.1");
const STEP_MS = 30_000;

let world: MetadataWorld;
let email = "";
let userId = "";
let ctx: CallContext;
let secret = "";
let recoveryCodes: string[] = [];
let serial = 0;
let passwordHash = "";

beforeAll(async () => {
  world = await openMetadataWorld();
  passwordHash = await hashPassword(password);
});
afterAll(() => world.close());
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-21T12:00:10Z") });
  await metadata().signInAttempt.deleteMany();
  email = `ada-${serial++}@acme.example`;
  userId = await world.addUser(email, {});
  await metadata().user.update({ where: { id: userId }, data: { passwordHash } });
  ctx = await world.contextOf(userId);
  ({ secret } = await offerSecondFactor(ctx));
  ({ recoveryCodes } = await enableSecondFactor(ctx, code()));
  later(1);
});
afterEach(() => vi.useRealTimers());

/** Goes on by whole 30 s steps. */
const later = (steps: number) => vi.setSystemTime(Date.now() + steps * STEP_MS);
const code = (steps = 0) => oneTimeCode(secret, Date.now() + steps * STEP_MS);
const wrong = () => (code() === "000000" ? "000001" : "000000");

async function givePassword(origin = HOME): Promise<CodeChallenge> {
  const step = await verifyCredentials(origin, { email, password });
  if (step.signedIn) throw new Error("the password alone signed in");
  return step.challenge;
}
const codeStep = (challenge: CodeChallenge, text: string, origin = HOME) =>
  refusalCode(verifyCode(origin, challenge, text));

describe("signing in with a second factor", () => {
  test("the password alone begins no session; with a code it does", async () => {
    const before = await metadata().session.count();
    const challenge = await givePassword();
    expect(await metadata().session.count()).toBe(before);
    expect(await isSessionValid(await verifyCode(HOME, challenge, code()))).toBe(true);
  });

  test("next-auth's own address is no way around it; control: without one it signs in", async () => {
    const [provider] = authOptions(new Headers()).providers;
    // next-auth keeps what it was given under `options`, and what it calls at sign-in with it.
    const { authorize } = (provider as unknown as { options: { authorize(given: object): Promise<object | null> } })
      .options;
    expect(await authorize({ email, password })).toBeNull();
    expect(await authorize({ email, password, code: code() })).toBeNull();
    await disableSecondFactor(ctx, { password, code: code() });
    expect(await authorize({ email, password })).toMatchObject({ email });
  });

  test("a code counts once, also for calls at the same time and for the one that turned it on", async () => {
    const challenge = await givePassword();
    const codes = await Promise.all(Array.from({ length: 4 }, () => codeStep(challenge, code())));
    expect(codes.sort()).toEqual(["confirmation_mismatch", "confirmation_mismatch", "confirmation_mismatch", "done"]);
    later(-1);
    expect(await codeStep(challenge, code())).toBe("confirmation_mismatch");
  });

  test("the code before and the one after count as well, others do not", async () => {
    const challenge = await givePassword();
    later(3);
    expect(await codeStep(challenge, code(-2))).toBe("confirmation_mismatch");
    expect(await codeStep(challenge, code(2))).toBe("confirmation_mismatch");
    expect(await codeStep(challenge, code(-1))).toBe("done");
    expect(await codeStep(challenge, code(1))).toBe("done");
    // The present one is older than the one that was used last.
    expect(await codeStep(challenge, code())).toBe("confirmation_mismatch");
  });

  test("a recovery code counts once, however it is typed", async () => {
    const challenge = await givePassword();
    const [first = "", second = ""] = recoveryCodes;
    expect(await codeStep(challenge, ` ${first.toLowerCase().replaceAll("-", " ")}`)).toBe("done");
    expect(await codeStep(challenge, first)).toBe("confirmation_mismatch");
    expect(await codeStep(challenge, second)).toBe("done");
    expect(await readAccount(ctx)).toMatchObject({ recoveryCodesLeft: 8 });
  });

  test("the first step is forgotten after five minutes, and at once when the password changes", async () => {
    const challenge = await givePassword();
    later(10);
    expect(await codeStep(challenge, code())).toBe("unauthenticated");
    const other = await givePassword();
    await confirmSession(ctx, { code: code() });
    await changePassword(ctx, { present: password, next: "another password altogether" });
    later(1);
    expect(await codeStep(other, code())).toBe("unauthenticated");
  });

  test("guessing codes is limited, also by those who have the password and many addresses; the owner is let in", async () => {
    expect(await codeStep(await givePassword(), code())).toBe("done");
    const challenge = await givePassword();
    // Half a day of guesses, four from each address.
    const account = `${email} code`;
    await metadata().signInAttempt.createMany({
      data: Array.from({ length: 47 }, (_, index) => ({
        id: `guess-${index}`,
        account,
        address: `203.0.113.${index >> 2}`,
        timeMs: BigInt(Date.now() - index * 900_000),
        ok: false,
      })),
    });
    const codes: string[] = [];
    for (let guess = 0; guess < 5; guess++) codes.push(await codeStep(challenge, wrong(), from(`198.51.100.${guess}`)));
    expect(codes).toEqual([...Array(3).fill("confirmation_mismatch"), ...Array(2).fill("rate_limited")]);
    later(1);
    expect(await codeStep(await givePassword(), code(), from("198.51.100.1"))).toBe("rate_limited");
    expect(await codeStep(await givePassword(), code())).toBe("done");
  });
});

describe("the second factor's secrets", () => {
  test("stand nowhere in the clear: rows, audit log, account page", async () => {
    await verifyCode(HOME, await givePassword(), code());
    const user = await metadata().user.findUniqueOrThrow({ where: { id: userId }, include: { recoveryCodes: true } });
    const bytes = (value: unknown) => JSON.stringify(value, (_, one) => (typeof one === "bigint" ? Number(one) : one));
    const text = bytes([user, await world.auditTrail(), await readAccount(ctx)]);
    expect(text).toContain(email);
    for (const one of [secret, ...recoveryCodes, ...recoveryCodes.map((one) => one.replaceAll("-", ""))]) {
      expect(text).not.toContain(one);
    }
  });

  test("sealed for one account, they open for no other and not under another installation's secret", async () => {
    const { totpSealed } = await metadata().user.findUniqueOrThrow({ where: { id: userId } });
    const thief = await world.addUser(`eve-${serial++}@acme.example`, {});
    await metadata().user.update({
      where: { id: thief },
      data: { totpSealed, totpSinceMs: 1n, passwordHash },
    });
    const step = await verifyCredentials(HOME, { email: `eve-${serial - 1}@acme.example`, password });
    if (step.signedIn) throw new Error("the password alone signed in");
    expect(await codeStep(step.challenge, code())).toBe("confirmation_mismatch");
    const challenge = await givePassword();
    process.env.LASTGOOD_SECRET = "quite another secret of an installation";
    try {
      expect(await codeStep(challenge, code())).toBe("confirmation_mismatch");
      expect(await codeStep(challenge, recoveryCodes[3] ?? "")).toBe("done");
    } finally {
      delete process.env.LASTGOOD_SECRET;
    }
    expect(await codeStep(challenge, code())).toBe("done");
  });
});

describe("confirming again", () => {
  test("a stolen session has twenty guesses at a code a day, not five every quarter of an hour", async () => {
    const codes: string[] = [];
    for (let quarter = 0; quarter < 5; quarter++) {
      for (let guess = 0; guess < 5; guess++) codes.push(await refusalCode(confirmSession(ctx, { code: wrong() })));
      later(31);
    }
    expect(codes.filter((one) => one === "confirmation_mismatch")).toHaveLength(20);
    expect(codes.slice(20)).toEqual(Array(5).fill("rate_limited"));
  });

  test("takes a code once there is a second factor; the password is not enough", async () => {
    await metadata().session.updateMany({ where: { userId }, data: { confirmedAtMs: 1n } });
    await expect(requireConfirmed(ctx)).rejects.toMatchObject({
      code: "confirmation_needed",
      details: { factor: "code" },
    });
    expect(await refusalCode(confirmSession(ctx, { password }))).toBe("confirmation_needed");
    expect(await refusalCode(requireConfirmed(ctx))).toBe("confirmation_needed");
    expect(await refusalCode(confirmSession(ctx, { code: wrong() }))).toBe("confirmation_mismatch");
    expect(await refusalCode(confirmSession(ctx, { code: code() }))).toBe("done");
    expect(await refusalCode(requireConfirmed(ctx))).toBe("done");
  });
});

describe("changing it", () => {
  test("turning it off takes password and code both", async () => {
    expect(await refusalCode(disableSecondFactor(ctx, { password: "wrong", code: code() }))).toBe(
      "confirmation_mismatch",
    );
    expect(await refusalCode(disableSecondFactor(ctx, { password, code: wrong() }))).toBe("confirmation_mismatch");
    expect((await readAccount(ctx)).secondFactorSinceMs).not.toBeNull();
    await disableSecondFactor(ctx, { password, code: code() });
    expect(await readAccount(ctx)).toMatchObject({ secondFactorSinceMs: null, recoveryCodesLeft: 0 });
    expect(await verifyCredentials(HOME, { email, password })).toMatchObject({ signedIn: true });
  });

  test("while it is on, no other one takes its place", async () => {
    expect(await refusalCode(offerSecondFactor(ctx))).toBe("conflict");
    expect(await refusalCode(enableSecondFactor(ctx, code()))).toBe("conflict");
    expect(await codeStep(await givePassword(), code())).toBe("done");
  });

  test("new recovery codes end the earlier ones", async () => {
    const [old = ""] = recoveryCodes;
    const { recoveryCodes: fresh } = await renewRecoveryCodes(ctx);
    const challenge = await givePassword();
    expect(await codeStep(challenge, old)).toBe("confirmation_mismatch");
    expect(await codeStep(challenge, fresh[0] ?? "")).toBe("done");
  });

  test("an unattended browser neither sets one up nor reads new recovery codes", async () => {
    const other = await world.contextOf(await world.addUser(`bob-${serial++}@acme.example`, {}));
    await metadata().session.updateMany({ data: { confirmedAtMs: 1n } });
    expect(await refusalCode(offerSecondFactor(other))).toBe("confirmation_needed");
    expect(await refusalCode(renewRecoveryCodes(ctx))).toBe("confirmation_needed");
  });
});
