import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { type Action, ALL_ACTIONS, type Role, roleMay } from "../../../lib/domain/actions.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { effectOf, TOKEN_PRESETS, type TokenPreset } from "../../../lib/domain/token-grants.ts";
import { hashToken } from "../../../lib/services/auth/hash-token.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { perform } from "../../../lib/services/perform.ts";
import { DEFAULT_RATE_PER_MINUTE } from "../../../lib/services/tokens/admit-call.ts";
import { type CreateTokenInput, createToken } from "../../../lib/services/tokens/create-token.ts";
import { findTokenActor } from "../../../lib/services/tokens/find-token-actor.ts";
import { listTokens } from "../../../lib/services/tokens/list-tokens.ts";
import { revokeToken } from "../../../lib/services/tokens/revoke-token.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

let world: MetadataWorld;
let acme = "";
let serial = 0;

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
});
afterAll(() => world.close());
beforeEach(() => metadata().auditEntry.deleteMany());
afterEach(() => vi.useRealTimers());

const userWith = (role: Role) => world.addUser(`${role}-${serial++}@acme.example`, { [acme]: role });

const wish = (change: Partial<CreateTokenInput> = {}): CreateTokenInput => ({
  namespace: "acme",
  name: "ci",
  grant: { preset: "no-destroy" },
  databases: "all",
  expiresInHours: 24,
  ratePerMinute: null,
  ...change,
});

async function refusal(run: Promise<unknown>): Promise<LastgoodError> {
  const error = await run.then(
    () => new Error("was not refused"),
    (thrown: unknown) => thrown,
  );
  if (error instanceof LastgoodError) return error;
  throw error;
}

/** The actions that a caller is let through to. */
async function actionsOf(ctx: CallContext): Promise<Action[]> {
  const may: Action[] = [];
  for (const action of ALL_ACTIONS) {
    try {
      await perform(ctx, action, { namespace: "acme" }, async () => null);
      may.push(action);
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
    }
  }
  return may;
}

describe("a new token", () => {
  test("is in the answer once; the metadata has its hash, lists and audit log neither", async () => {
    const owner = await world.contextOf(await userWith("owner"));
    const made = await createToken(owner, wish({ name: "deploy" }));
    expect(made.token).toMatch(/^lg_[\w-]{43}$/);
    const row = await metadata().apiToken.findUniqueOrThrow({ where: { id: made.id } });
    expect(row.hash).toBe(hashToken(made.token));
    const stored = JSON.stringify([row, await world.auditTrail()], (_, value) =>
      typeof value === "bigint" ? Number(value) : value,
    );
    expect(stored).not.toContain(made.token);
    const listed = JSON.stringify(await listTokens(owner, { namespace: "acme" }));
    expect(listed).not.toContain(made.token);
    expect(listed).not.toContain(row.hash);
    expect(made.token.startsWith(made.prefix)).toBe(true);
    expect(made.prefix.length).toBeLessThan(10);
  });

  test("leaves an audit entry with what it may, where and until when", async () => {
    const owner = await world.contextOf(await userWith("owner"));
    const shop = await world.addDatabase(acme, `shop-${serial++}`);
    const made = await createToken(owner, wish({ grant: { actions: ["database.query"] }, databases: [shop] }));
    const [entry] = await world.auditTrail();
    expect(entry).toMatchObject({ action: "token.create", outcome: "done", targetKind: "token", targetId: made.id });
    expect(JSON.parse(entry?.detail ?? "").after).toEqual({
      name: "ci",
      actions: ["database.query"],
      databases: [shop],
      expiresAtMs: made.expiresAtMs,
      ratePerMinute: null,
    });
  });

  test("by default does what its maker may, less all that destroys or says who may do what", async () => {
    const made = await createToken(await world.contextOf(await userWith("owner")), wish());
    const may = await actionsOf(await world.contextOfToken(made.token));
    expect(may).toEqual(made.actionsNow);
    const never: Action[] = [
      "alarm.change",
      "alarm.resolve",
      "restore.cutover",
      "preview.delete",
      "restore.project",
      "database.delete",
      "database.update",
      "namespace.delete",
      "namespace.undelete",
      "restore-point.delete",
      "policy.change",
      "approval.decide",
      "token.create",
      "token.revoke",
      "member.invite",
      "member.change-role",
      "member.leave",
      "member.remove",
      "member.restrict",
      "invitation.revoke",
      "backup.delete",
      "retention.change",
      "schedule.change",
      "schedule.delete",
      "store.change",
      "history.erase",
      "webhook.change",
      "webhook.delete",
      "integration.change",
      "integration.delete",
      "database.rotate-password",
      "agent.enrol",
      "agent.retire",
      "copy.list",
      "copy.bring-back",
    ];
    expect(ALL_ACTIONS.filter((action) => !may.includes(action)).sort()).toEqual(never.sort());
  });

  test.each(
    TOKEN_PRESETS.flatMap((preset) => (["owner", "admin", "member"] as const).map((role) => [preset, role] as const)),
  )("of the preset %s that a %s makes has the preset's actions that the role has", async (preset, role) => {
    const made = await createToken(await world.contextOf(await userWith(role)), wish({ grant: { preset } }));
    const effects: Record<TokenPreset, readonly string[]> = {
      "read-only": ["reads"],
      "no-destroy": ["reads", "adds"],
      everything: ["reads", "adds", "destroys", "governs"],
    };
    // A namespace that is there has no deletion to take back, and one that is deleted lets no token in.
    const possible = ALL_ACTIONS.filter((action) => action !== "namespace.undelete");
    const expected = possible.filter((action) => effects[preset].includes(effectOf(action)) && roleMay(role, action));
    expect(await actionsOf(await world.contextOfToken(made.token))).toEqual(expected);
    expect(expected.length).toBeGreaterThan(5);
  });

  test("cannot be given what its maker lacks, nor a database that is not there", async () => {
    const member = await world.contextOf(await userWith("member"));
    const refused = await refusal(createToken(member, wish({ grant: { actions: ["restore.project"] } })));
    expect(refused).toMatchObject({ code: "forbidden", details: { field: "actions" } });
    const theirs = await world.addDatabase(await world.addNamespace(`other-${serial++}`), "theirs");
    expect(await refusal(createToken(member, wish({ databases: [theirs] })))).toMatchObject({ code: "not_found" });
    expect(await metadata().apiToken.count({ where: { name: "ci", databases: { contains: theirs } } })).toBe(0);
  });

  test("limited to databases is refused an action about the namespace, and a preset leaves those out", async () => {
    const owner = await world.contextOf(await userWith("owner"));
    const shop = await world.addDatabase(acme, `shop-${serial++}`);
    const limited = { databases: [shop] };
    const refused = createToken(owner, wish({ ...limited, grant: { actions: ["member.invite"] } }));
    expect(await refusal(refused)).toMatchObject({ code: "invalid_input" });
    const made = await createToken(owner, wish({ ...limited, grant: { preset: "everything" } }));
    expect(made.databases).toEqual([{ id: shop, name: expect.stringContaining("shop-") }]);
    expect(made.actions).not.toContain("member.invite");
    expect(made.actions).toContain("restore.project");
  });

  test("needs the password again after ten minutes", async () => {
    const userId = await userWith("owner");
    const owner = await world.contextOf(userId);
    await metadata().session.updateMany({ where: { userId }, data: { confirmedAtMs: 1n } });
    expect(await refusal(createToken(owner, wish()))).toMatchObject({ code: "confirmation_needed" });
    expect(await metadata().apiToken.count({ where: { userId } })).toBe(0);
  });

  test("is refused to whoever has a hundred that count", async () => {
    const userId = await userWith("member");
    const member = await world.contextOf(userId);
    for (let i = 0; i < 100; i++) await world.addToken(userId, acme);
    expect(await refusal(createToken(member, wish()))).toMatchObject({ code: "conflict" });
    await metadata().apiToken.updateMany({ where: { userId }, data: { expiresAtMs: 1n } });
    expect(await createToken(member, wish())).toMatchObject({ state: "active" });
  });
});

describe("a token that makes tokens", () => {
  const parentOf = async (actions: "all" | readonly Action[], change: Record<string, unknown> = {}) => {
    const text = await world.addToken(await userWith("owner"), acme, actions);
    await metadata().apiToken.update({ where: { hash: hashToken(text) }, data: change });
    return world.contextOfToken(text);
  };

  test("gives no action that it lacks, also by preset", async () => {
    const parent = await parentOf(["token.create", "database.read"]);
    const refused = createToken(parent, wish({ grant: { actions: ["database.query"] } }));
    expect(await refusal(refused)).toMatchObject({ code: "forbidden" });
    const child = await createToken(parent, wish({ grant: { preset: "everything" } }));
    expect([...(child.actions as Action[])].sort()).toEqual(["database.read", "token.create"]);
  });

  test("writes down what there is now, and never an everything that grows", async () => {
    const child = await createToken(await parentOf("all"), wish({ grant: { preset: "everything" } }));
    expect(child.actions).toEqual(ALL_ACTIONS);
  });

  test("makes none that outlives it or calls more often", async () => {
    const soon = BigInt(Date.now() + 3_600_000 * 2);
    const parent = await parentOf("all", { expiresAtMs: soon, ratePerMinute: 60 });
    const ask = (change: Partial<CreateTokenInput>) => createToken(parent, wish({ ratePerMinute: 60, ...change }));
    expect(await refusal(ask({ expiresInHours: 3 }))).toMatchObject({ details: { field: "expiresInHours" } });
    expect(await refusal(ask({ expiresInHours: null }))).toMatchObject({ details: { field: "expiresInHours" } });
    expect(await refusal(ask({ expiresInHours: 1, ratePerMinute: null }))).toMatchObject({
      details: { field: "ratePerMinute" },
    });
    expect(await ask({ expiresInHours: 1 })).toMatchObject({ state: "active", ratePerMinute: 60 });
  });

  test("that is limited to databases makes none", async () => {
    const shop = await world.addDatabase(acme, `shop-${serial++}`);
    const parent = await world.contextOfToken(await world.addToken(await userWith("owner"), acme, "all", [shop]));
    expect(await refusal(createToken(parent, wish({ databases: [shop] })))).toMatchObject({ code: "forbidden" });
  });
});

describe("what a token rests on:", () => {
  test("it shrinks with its owner's role at once, and the list says so", async () => {
    const userId = await userWith("admin");
    const made = await createToken(await world.contextOf(userId), wish({ grant: { preset: "everything" } }));
    const token = await world.contextOfToken(made.token);
    expect(await actionsOf(token)).toContain("restore.project");
    await metadata().membership.updateMany({ where: { userId }, data: { role: "viewer" } });
    expect(await actionsOf(token)).not.toContain("restore.project");
    const seen = await listTokens(await world.contextOf(await userWith("owner")), { namespace: "acme" });
    const view = seen.find(({ id }) => id === made.id);
    expect(view?.actions).toContain("restore.project");
    expect(view?.actionsNow).toEqual(await actionsOf(token));
  });

  test("a promotion does not make it stronger", async () => {
    const userId = await userWith("member");
    const made = await createToken(await world.contextOf(userId), wish({ grant: { preset: "everything" } }));
    await metadata().membership.updateMany({ where: { userId }, data: { role: "owner" } });
    const may = await actionsOf(await world.contextOfToken(made.token));
    expect(may).not.toContain("restore.project");
    expect(may).toContain("database.query");
  });

  test("it opens nothing once its owner is no member, and is listed as ownerless", async () => {
    const userId = await userWith("admin");
    const made = await createToken(await world.contextOf(userId), wish());
    await metadata().membership.deleteMany({ where: { userId } });
    expect(await actionsOf(await world.contextOfToken(made.token))).toEqual([]);
    const seen = await listTokens(await world.contextOf(await userWith("owner")), { namespace: "acme" });
    expect(seen.find(({ id }) => id === made.id)).toMatchObject({ state: "ownerless", actionsNow: [] });
  });

  test("it ends at its time", async () => {
    const made = await createToken(await world.contextOf(await userWith("owner")), wish({ expiresInHours: 1 }));
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime((made.expiresAtMs ?? 0) - 1);
    expect(await findTokenActor(made.token, null)).toMatchObject({ tokenId: made.id });
    vi.setSystemTime(made.expiresAtMs ?? 0);
    expect(await refusal(findTokenActor(made.token, null))).toMatchObject({ code: "unauthenticated" });
  });

  test("its last use is known with the address, to the minute", async () => {
    const made = await createToken(await world.contextOf(await userWith("owner")), wish());
    vi.useFakeTimers({ toFake: ["Date"] });
    const lastUse = () =>
      metadata().apiToken.findUniqueOrThrow({
        where: { id: made.id },
        select: { lastUsedMs: true, lastAddress: true },
      });
    const startMs = Date.now();
    await findTokenActor(made.token, "198.51.100.7");
    expect(await lastUse()).toEqual({ lastUsedMs: BigInt(startMs), lastAddress: "198.51.100.7" });
    vi.setSystemTime(startMs + 59_000);
    await findTokenActor(made.token, "203.0.113.9");
    expect((await lastUse()).lastUsedMs).toBe(BigInt(startMs));
    vi.setSystemTime(startMs + 61_000);
    await findTokenActor(made.token, "203.0.113.9");
    expect(await lastUse()).toEqual({ lastUsedMs: BigInt(startMs + 61_000), lastAddress: "203.0.113.9" });
  });
});

describe("revoking", () => {
  test("ends a token with its next call, also one that was let in already", async () => {
    const owner = await world.contextOf(await userWith("owner"));
    const made = await createToken(owner, wish());
    const inFlight = await world.contextOfToken(made.token);
    await revokeToken(owner, { namespace: "acme", tokenId: made.id });
    expect(await refusal(findTokenActor(made.token, null))).toMatchObject({ code: "unauthenticated" });
    expect(await actionsOf(inFlight)).toEqual([]);
    const [listed] = await listTokens(owner, { namespace: "acme" });
    expect(listed).toMatchObject({ id: made.id, state: "revoked", mayRevoke: false, revokedBy: expect.any(String) });
  });

  test("ends the tokens that it made, and those made by them, and no other", async () => {
    const owner = await world.contextOf(await userWith("owner"));
    const lasting = { expiresInHours: null, grant: { actions: ["token.create", "database.read"] as const } };
    const first = await createToken(owner, wish(lasting));
    const second = await createToken(await world.contextOfToken(first.token), wish(lasting));
    const third = await createToken(await world.contextOfToken(second.token), wish(lasting));
    const other = await createToken(owner, wish(lasting));
    await revokeToken(owner, { namespace: "acme", tokenId: first.id });
    for (const { token } of [first, second, third]) {
      expect(await refusal(findTokenActor(token, null))).toMatchObject({ code: "unauthenticated" });
    }
    expect(await findTokenActor(other.token, null)).toMatchObject({ tokenId: other.id });
  });

  test("twice keeps the first time", async () => {
    const owner = await world.contextOf(await userWith("owner"));
    const { id: tokenId } = await createToken(owner, wish());
    vi.useFakeTimers({ toFake: ["Date"] });
    await revokeToken(owner, { namespace: "acme", tokenId });
    const first = await metadata().apiToken.findUniqueOrThrow({ where: { id: tokenId } });
    vi.setSystemTime(Date.now() + 5_000);
    await revokeToken(owner, { namespace: "acme", tokenId });
    expect(await metadata().apiToken.findUniqueOrThrow({ where: { id: tokenId } })).toEqual(first);
  });

  test.each([
    ["member", "member", "not_found"],
    ["member", "owner", "not_found"],
    ["admin", "member", "done"],
    ["admin", "admin", "done"],
    ["admin", "owner", "forbidden"],
    ["owner", "owner", "done"],
  ] as const)("by a %s of another %s's token: %s", async (role, ownerRole, expected) => {
    const { id: tokenId } = await createToken(await world.contextOf(await userWith(ownerRole)), wish());
    const caller = await world.contextOf(await userWith(role));
    const attempt = revokeToken(caller, { namespace: "acme", tokenId });
    if (expected === "done") await attempt;
    else expect(await refusal(attempt)).toMatchObject({ code: expected });
    const { revokedAtMs } = await metadata().apiToken.findUniqueOrThrow({ where: { id: tokenId } });
    expect(revokedAtMs !== null).toBe(expected === "done");
    const listed = (await listTokens(caller, { namespace: "acme" })).find(({ id }) => id === tokenId);
    expect(listed?.mayRevoke ?? "unseen").toBe(expected === "not_found" ? "unseen" : false);
  });

  test("another namespace's token reads as absent", async () => {
    const other = await world.addNamespace(`other-${serial++}`);
    const stranger = await world.addUser(`s-${serial++}@other.example`, { [other]: "owner" });
    const text = await world.addToken(stranger, other);
    const { id: tokenId } = await metadata().apiToken.findUniqueOrThrow({ where: { hash: hashToken(text) } });
    const owner = await world.contextOf(await userWith("owner"));
    expect(await refusal(revokeToken(owner, { namespace: "acme", tokenId }))).toMatchObject({ code: "not_found" });
  });
});

describe("the rate of a token", () => {
  const tokenOf = async (ratePerMinute: number | null) =>
    (await createToken(await world.contextOf(await userWith("owner")), wish({ ratePerMinute }))).token;

  test("refuses what is beyond it until the minute is over, and says when to go on", async () => {
    const token = await tokenOf(3);
    vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
    for (let i = 0; i < 3; i++) expect(await findTokenActor(token, null)).toMatchObject({ kind: "token" });
    vi.setSystemTime(Date.now() + 20_000);
    const refused = await refusal(findTokenActor(token, null));
    expect(refused).toMatchObject({ code: "rate_limited", status: 429, details: { retryAfterSeconds: 40 } });
    vi.setSystemTime(Date.now() + 40_001);
    expect(await findTokenActor(token, null)).toMatchObject({ kind: "token" });
  });

  test("is 600 where none was chosen, and one token's calls are not another's", async () => {
    const [busy, idle] = [await tokenOf(null), await tokenOf(null)];
    for (let i = 0; i < DEFAULT_RATE_PER_MINUTE; i++) await findTokenActor(busy, null);
    expect(await refusal(findTokenActor(busy, null))).toMatchObject({ code: "rate_limited" });
    expect(await findTokenActor(idle, null)).toMatchObject({ kind: "token" });
    expect(DEFAULT_RATE_PER_MINUTE).toBe(600);
  });

  test("does not count calls with a token that is none", async () => {
    for (let i = 0; i < 5; i++) {
      expect(await refusal(findTokenActor("lg_wrong", null))).toMatchObject({ code: "unauthenticated" });
    }
  });
});
