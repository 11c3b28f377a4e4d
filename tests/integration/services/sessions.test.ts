import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { changePassword } from "../../../lib/services/account/change-password.ts";
import { endOtherSessions, endOwnSession } from "../../../lib/services/account/end-sessions.ts";
import { readAccount } from "../../../lib/services/account/read-account.ts";
import {
  admitSession,
  endSession,
  isSessionValid,
  type SessionClaims,
} from "../../../lib/services/auth/create-session.ts";
import { hashPassword } from "../../../lib/services/auth/hash-password.ts";
import { verifyCredentials } from "../../../lib/services/auth/verify-credentials.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { getNamespace } from "../../../lib/services/namespaces/get-namespace.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

const password = "correct horse battery staple";
const FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";
const HOME = { requestId: "r", address: "192.0.2.1", userAgent: FIREFOX };

let world: MetadataWorld;
let userId = "";
const email = "ada@acme.example";

beforeAll(async () => {
  world = await openMetadataWorld();
  const acme = await world.addNamespace("acme");
  userId = await world.addUser(email, { [acme]: "owner" });
  await metadata().user.update({ where: { id: userId }, data: { passwordHash: await hashPassword(password) } });
});
afterAll(() => world.close());
afterEach(async () => {
  vi.useRealTimers();
  await metadata().session.deleteMany();
});

async function signIn(given = password, origin = HOME): Promise<SessionClaims> {
  const step = await verifyCredentials(origin, { email, password: given });
  if (!step.signedIn) throw new Error("this account has no second factor");
  return step.claims;
}
const contextOf = (claims: SessionClaims): CallContext => ({ actor: { kind: "user", ...claims }, origin: HOME });
const read = (claims: SessionClaims) => refusalCode(getNamespace(contextOf(claims), { namespace: "acme" }));

describe("case 39: the session id across login, logout and password change:", () => {
  test("each sign-in has a new one, and signing out ends it on the server", async () => {
    const [first, second] = [await signIn(), await signIn()];
    expect(first.sessionId).not.toBe(second.sessionId);
    await endSession(first.sessionId);
    expect([await read(first), await isSessionValid(first)]).toEqual(["unauthenticated", false]);
    expect(await read(second)).toBe("done");
  });

  test("a new password ends every session, also the one that asked, which gets another id", async () => {
    const [mine, elsewhere] = [await signIn(), await signIn()];
    const next = "another password altogether";
    const wrong = changePassword(contextOf(mine), { present: "wrong", next });
    expect(await refusalCode(wrong)).toBe("confirmation_mismatch");
    expect([await read(mine), await read(elsewhere)]).toEqual(["done", "done"]);
    const rotated = await changePassword(contextOf(mine), { present: password, next });
    expect(rotated.sessionId).not.toBe(mine.sessionId);
    expect([await read(mine), await read(elsewhere), await read(rotated)]).toEqual([
      "unauthenticated",
      "unauthenticated",
      "done",
    ]);
    expect(await refusalCode(signIn())).toBe("unauthenticated");
    await changePassword(contextOf(rotated), { present: next, next: password });
  });

  test("an old session's cookie does not come back with a forged version", async () => {
    const old = await signIn();
    const rotated = await changePassword(contextOf(old), { present: password, next: password });
    expect(await read({ ...old, sessionVersion: rotated.sessionVersion })).toBe("unauthenticated");
    expect(await isSessionValid({ ...old, sessionVersion: rotated.sessionVersion })).toBe(false);
  });
});

test("sessions are listed with address and browser, this one first, and ended one by one", async () => {
  const phone = await signIn(password, { ...HOME, address: "198.51.100.4", userAgent: "\u202eEvil\nBrowser/1.0 é" });
  const mine = await signIn();
  const { sessions } = await readAccount(contextOf(mine));
  expect(sessions).toMatchObject([
    { id: mine.sessionId, isThis: true, address: "192.0.2.1", userAgent: FIREFOX },
    { id: phone.sessionId, isThis: false, address: "198.51.100.4", userAgent: "EvilBrowser/1.0" },
  ]);
  await endOwnSession(contextOf(mine), phone.sessionId);
  expect([await read(phone), await read(mine)]).toEqual(["unauthenticated", "done"]);
  expect((await world.auditTrail()).at(-1)).toMatchObject({ action: "session.revoke", targetId: phone.sessionId });
});

test("all others end at once; nobody ends somebody else's", async () => {
  const [one, two, mine] = [await signIn(), await signIn(), await signIn()];
  const eve = await world.contextOf(await world.addUser("eve@acme.example", {}));
  expect(await refusalCode(endOwnSession(eve, mine.sessionId))).toBe("not_found");
  expect(await refusalCode(endOwnSession(contextOf(mine), "no-session"))).toBe("not_found");
  expect(await endOtherSessions(contextOf(mine))).toEqual({ ended: 2 });
  expect([await read(one), await read(two), await read(mine)]).toEqual(["unauthenticated", "unauthenticated", "done"]);
});

test("when a session was last seen, and from where, is written down at most once a minute", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-21T12:00:00Z") });
  const claims = await signIn();
  const seen = async () => {
    const { lastSeenMs, address } = await metadata().session.findUniqueOrThrow({ where: { id: claims.sessionId } });
    return [new Date(Number(lastSeenMs)).toISOString().slice(11, 19), address];
  };
  const call = () => admitSession(claims, { ...HOME, address: "198.51.100.77" });
  vi.setSystemTime(new Date("2026-11-21T12:00:59Z"));
  expect([await call(), await seen()]).toEqual([true, ["12:00:00", "192.0.2.1"]]);
  vi.setSystemTime(new Date("2026-11-21T12:01:30Z"));
  expect([await call(), await seen()]).toEqual([true, ["12:01:30", "198.51.100.77"]]);
  vi.setSystemTime(new Date("2026-12-06T12:00:00Z"));
  expect(await call()).toBe(false);
});
