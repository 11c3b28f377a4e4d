import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { createFirstOwner } from "../../../lib/services/auth/create-first-owner.ts";
import { endSession, isSessionValid } from "../../../lib/services/auth/create-session.ts";
import { isSetupTokenValid } from "../../../lib/services/auth/setup-token.ts";
import { verifyCredentials } from "../../../lib/services/auth/verify-credentials.ts";
import { initialise } from "../../../lib/services/initialise.ts";
import { findTokenActor } from "../../../lib/services/tokens/find-token-actor.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

const PASSWORD = "correct horse battery staple";
const owner = { email: "ada@acme.example", password: PASSWORD, namespace: "acme" };
const from = (address: string | null) => ({ requestId: "r", address });

async function refusal(run: Promise<unknown>): Promise<string> {
  const error = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LastgoodError) return error.code;
  throw error ?? new Error("was not refused");
}

describe("set-up", () => {
  let world: MetadataWorld;
  beforeEach(async () => {
    world = await openMetadataWorld();
  });
  afterEach(() => world.close());

  test("of two posts at the same time one wins, and there is one owner", async () => {
    const { setupToken } = world;
    const posts = ["ada@acme.example", "eve@acme.example"].map((email) =>
      createFirstOwner(from(null), { setupToken, owner: { ...owner, email } }),
    );
    const outcomes = await Promise.allSettled(posts);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await metadata().user.count()).toBe(1);
    expect(await metadata().membership.findMany()).toMatchObject([{ role: "owner" }]);
  });

  test("needs the token of the latest start", async () => {
    const first = world.setupToken;
    const second = new URL((await initialise()).setupUrl ?? "").searchParams.get("token") ?? "";
    expect(await isSetupTokenValid(first)).toBe(false);
    expect(await refusal(createFirstOwner(from(null), { setupToken: first, owner }))).toBe("forbidden");
    expect(await refusal(createFirstOwner(from(null), { setupToken: "", owner }))).toBe("forbidden");
    await createFirstOwner(from(null), { setupToken: second, owner });
    expect(await metadata().user.count()).toBe(1);
  });

  test("works once: the spent token is void, and a restart makes no new one", async () => {
    const { setupToken } = world;
    await createFirstOwner(from(null), { setupToken, owner });
    const again = createFirstOwner(from(null), { setupToken, owner: { ...owner, email: "eve@acme.example" } });
    expect(await refusal(again)).toBe("forbidden");
    expect(await initialise()).toEqual({ setupUrl: null, warnings: [] });
  });

  test("stores no token and no password in the clear", async () => {
    await createFirstOwner(from(null), { setupToken: world.setupToken, owner });
    const rows = JSON.stringify([
      await metadata().setting.findMany(),
      await metadata().user.findMany({ omit: { createdAtMs: true } }),
      (await world.auditTrail()).map(({ detail }) => detail),
    ]);
    expect(rows).not.toContain(world.setupToken);
    expect(rows).not.toContain(PASSWORD);
    expect(rows).toContain("$argon2id$");
  });

  test("from the environment makes owner, namespace and token on the first start only", async () => {
    const env = {
      ...process.env,
      LASTGOOD_INIT_OWNER_EMAIL: "Ops@Acme.example",
      LASTGOOD_INIT_OWNER_PASSWORD: PASSWORD,
      LASTGOOD_INIT_NAMESPACE: "acme",
      LASTGOOD_INIT_TOKEN: "lg_given-by-the-environment-0123456789",
    };
    expect(await initialise(env)).toEqual({ setupUrl: null, warnings: [] });
    const actor = await findTokenActor(env.LASTGOOD_INIT_TOKEN, null);
    expect(actor).toMatchObject({ kind: "token", scopes: "all", databases: "all" });
    expect(await isSetupTokenValid(world.setupToken)).toBe(false);
    await initialise({ ...env, LASTGOOD_INIT_OWNER_EMAIL: "eve@acme.example" });
    expect(await metadata().user.findMany({ select: { email: true } })).toEqual([{ email: "ops@acme.example" }]);
  });

  test("is refused with the variable's name when the environment is not usable", async () => {
    const env = {
      ...process.env,
      LASTGOOD_INIT_OWNER_EMAIL: "ops@acme.example",
      LASTGOOD_INIT_OWNER_PASSWORD: "short",
    };
    await expect(initialise(env)).rejects.toThrow(/LASTGOOD_INIT_OWNER_PASSWORD/);
  });
});

describe("signing in", () => {
  let world: MetadataWorld;
  beforeAll(async () => {
    world = await openMetadataWorld();
    await createFirstOwner(from(null), { setupToken: world.setupToken, owner });
  });
  afterAll(() => world.close());
  beforeEach(() => metadata().signInAttempt.deleteMany());

  const signIn = async (email: string, password: string, address: string | null = "192.0.2.1") => {
    const step = await verifyCredentials(from(address), { email, password });
    if (!step.signedIn) throw new Error("this account has no second factor");
    return step.claims;
  };

  test("begins a new session each time", async () => {
    const first = await signIn("Ada@acme.example", PASSWORD);
    const second = await signIn("ada@acme.example", PASSWORD);
    expect(first.sessionId).not.toBe(second.sessionId);
    expect(await isSessionValid(first)).toBe(true);
  });

  test("ended elsewhere, a session's cookie is worth nothing", async () => {
    const claims = await signIn(owner.email, PASSWORD);
    await endSession(claims.sessionId);
    expect(await isSessionValid(claims)).toBe(false);
  });

  test("a session belongs to its user alone", async () => {
    const claims = await signIn(owner.email, PASSWORD);
    expect(await isSessionValid({ ...claims, userId: "somebody-else" })).toBe(false);
  });

  test("a wrong password and an unknown user get the same answer", async () => {
    const wrong = await signIn(owner.email, "wrong").catch((error: unknown) => error);
    const unknown = await signIn("nobody@acme.example", "wrong").catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(LastgoodError);
    expect(unknown).toMatchObject({ code: "unauthenticated", message: (wrong as LastgoodError).message });
  });

  test("an unknown user costs the hashing of a password", async () => {
    await refusal(signIn("nobody@acme.example", "wrong"));
    const median = async (email: string) => {
      const timesMs: number[] = [];
      for (let round = 0; round < 4; round++) {
        await metadata().signInAttempt.deleteMany();
        const startMs = performance.now();
        await refusal(signIn(email, "wrong"));
        timesMs.push(performance.now() - startMs);
      }
      return timesMs.sort((a, b) => a - b)[1] ?? 0;
    };
    const [known, unknown] = [await median(owner.email), await median("nobody@acme.example")];
    expect(unknown).toBeGreaterThan(known / 3);
  });

  test("is limited per account and address, also for attempts at the same time", async () => {
    const codes = await Promise.all(Array.from({ length: 9 }, () => refusal(signIn(owner.email, "wrong"))));
    expect(codes.filter((code) => code === "unauthenticated")).toHaveLength(5);
    expect(codes.filter((code) => code === "rate_limited")).toHaveLength(4);
    expect(await refusal(signIn(owner.email, PASSWORD))).toBe("rate_limited");
  });

  test("nobody can lock an owner out of a place that the owner signed in from", async () => {
    await signIn(owner.email, PASSWORD, "198.51.100.9");
    const timeMs = BigInt(Date.now());
    await metadata().signInAttempt.createMany({
      data: Array.from({ length: 200 }, (_, index) => ({
        id: `attack-${index}`,
        account: owner.email,
        address: `203.0.113.${index}`,
        timeMs,
        ok: false,
      })),
    });
    expect(await refusal(signIn(owner.email, PASSWORD, "203.0.113.250"))).toBe("rate_limited");
    expect(await signIn(owner.email, PASSWORD, "198.51.100.9")).toMatchObject({ email: owner.email });
  });
});
