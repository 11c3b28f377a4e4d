import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { metadata } from "../../../lib/db/client.ts";
import { ALL_ACTIONS, isNamespaceWide } from "../../../lib/domain/actions.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { createDatabase } from "../../../lib/services/databases/create-database.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { findDatabase } from "../../../lib/services/databases/find-database.ts";
import { listDatabases } from "../../../lib/services/databases/list-databases.ts";
import { perform } from "../../../lib/services/perform.ts";
import { createRestorePoint } from "../../../lib/services/restore-points/create-restore-point.ts";
import { type MetadataWorld, openMetadataWorld } from "./open-metadata-world.ts";

let world: MetadataWorld;
let acme = "";
let owner = "";
let [shop, tools, theirs] = ["", "", ""];
let limited: CallContext;

beforeAll(async () => {
  world = await openMetadataWorld();
  acme = await world.addNamespace("acme");
  owner = await world.addUser("ada@acme.example", { [acme]: "owner" });
  const other = await world.addNamespace("other");
  [shop, tools] = [await world.addDatabase(acme, "shop"), await world.addDatabase(acme, "tools")];
  theirs = await world.addDatabase(other, "theirs");
  // A foreign id in the list, however it came there, opens nothing.
  limited = await world.contextOfToken(await world.addToken(owner, acme, "all", [tools, theirs]));
});
afterAll(() => world.close());
beforeEach(() => metadata().auditEntry.deleteMany());

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
    return "done";
  } catch (error) {
    if (error instanceof LastgoodError) return error.code;
    throw error;
  }
}

const find = (ctx: CallContext, reference: string) =>
  perform(ctx, "database.read", { namespace: "acme" }, ({ db, principal }) => findDatabase(db, principal, reference));

describe("a token that is limited to some databases", () => {
  test("finds those by id and name, and every other reads as absent, another namespace's listed one too", async () => {
    expect((await find(limited, tools)).id).toBe(tools);
    expect((await find(limited, "TOOLS")).id).toBe(tools);
    for (const reference of [shop, "shop", theirs, "theirs"]) {
      expect(await codeOf(find(limited, reference)), reference).toBe("not_found");
    }
  });

  test("is answered about a hidden database exactly as about one that never was", async () => {
    const messageOf = async (reference: string) => find(limited, reference).catch((error: Error) => error.message);
    expect((await messageOf("shop")) as string).toBe(((await messageOf("soap")) as string).replace("soap", "shop"));
  });

  test("lists those alone", async () => {
    const names = async (ctx: CallContext) => (await listDatabases(ctx, { namespace: "acme" })).map(({ name }) => name);
    expect(await names(limited)).toEqual(["tools"]);
    expect(await names(await world.contextOf(owner))).toEqual(["shop", "tools"]);
  });

  test("cannot delete, label or query another, and its attempt is in the audit log", async () => {
    const of = { namespace: "acme", database: "shop" };
    expect(await codeOf(deleteDatabase(limited, of))).toBe("not_found");
    expect(await codeOf(createRestorePoint(limited, { ...of, label: "mine" }))).toBe("not_found");
    expect(await metadata().database.findUniqueOrThrow({ where: { id: shop } })).toMatchObject({ deletedAtMs: null });
    expect(await world.auditTrail()).toMatchObject([
      { action: "database.delete", outcome: "refused", actorKind: "token" },
      { action: "restore-point.create", outcome: "refused", actorKind: "token" },
    ]);
  });

  test("adds none to the namespace", async () => {
    const input = { namespace: "acme", name: "new" };
    expect(await codeOf(createDatabase(limited, { ...input, source: { how: "hosted" } }))).toBe("forbidden");
    expect(await codeOf(createDatabase(limited, { ...input, source: { how: "attach", path: "/srv/x.db" } }))).toBe(
      "forbidden",
    );
  });

  test.each(ALL_ACTIONS)("%s: is refused when it is about more than databases, an owner's or not", async (action) => {
    const attempt = codeOf(perform(limited, action, { namespace: "acme" }, async () => null));
    // Taking a namespace's deletion back looks for a deleted one, of which a token sees none.
    const refused = action === "namespace.undelete" ? "not_found" : "forbidden";
    expect(await attempt).toBe(isNamespaceWide(action) ? refused : "done");
  });

  test("whose stored list cannot be read sees nothing", async () => {
    const text = await world.addToken(owner, acme, "all", [tools]);
    const { tokenId } = (await world.contextOfToken(text)).actor as { tokenId: string };
    for (const stored of ["", "all", '{"id":1}', `"${tools}"`, "[1]"]) {
      await metadata().apiToken.update({ where: { id: tokenId }, data: { databases: stored } });
      expect(await listDatabases(await world.contextOfToken(text), { namespace: "acme" }), stored).toEqual([]);
    }
  });
});
