import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { metadata } from "../../../lib/db/client.ts";
import type { Role } from "../../../lib/domain/actions.ts";
import { removeStored } from "../../../lib/engines/sqlite/remove-stored.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { hashToken } from "../../../lib/services/auth/hash-token.ts";
import type { CallContext } from "../../../lib/services/call-context.ts";
import { deleteDatabase } from "../../../lib/services/databases/delete-database.ts";
import { getDatabase } from "../../../lib/services/databases/get-database.ts";
import { beginPurge } from "../../../lib/services/databases/purge-database.ts";
import { undeleteDatabase } from "../../../lib/services/databases/undelete-database.ts";
import { updateDatabase } from "../../../lib/services/databases/update-database.ts";
import { deleteNamespace } from "../../../lib/services/namespaces/delete-namespace.ts";
import { undeleteNamespace } from "../../../lib/services/namespaces/undelete-namespace.ts";
import { perform } from "../../../lib/services/perform.ts";
import { type CreateTokenInput, createToken } from "../../../lib/services/tokens/create-token.ts";
import { revokeToken } from "../../../lib/services/tokens/revoke-token.ts";
import type { MetadataWorld } from "./open-metadata-world.ts";
import { refusalCode } from "./refusal-code.ts";

/** A namespace with a person of each role and a database, made anew for each attack. */
export async function openTokenWorld(world: MetadataWorld) {
  const number = await metadata().namespace.count();
  const namespace = `place-${number}`;
  const id = await world.addNamespace(namespace);
  const person = async (role: Role) => {
    const userId = await world.addUser(`${role}@${namespace}.example`, { [id]: role });
    return { userId, ctx: await world.contextOf(userId) };
  };
  const [owner, admin, member] = [await person("owner"), await person("admin"), await person("member")];
  const databaseId = await world.addDatabase(id, "shop");
  const make = (ctx: CallContext, change: Partial<CreateTokenInput> = {}) =>
    createToken(ctx, {
      namespace,
      name: "robot",
      grant: { preset: "everything" },
      databases: "all",
      expiresInHours: 24,
      ratePerMinute: null,
      ...change,
    });
  return { world, namespace, id, owner, admin, member, databaseId, make };
}

export type TokenWorld = Awaited<ReturnType<typeof openTokenWorld>>;

/** Attacks with tokens and on deletions, each answering what became of it. */
export const ATTACKS: Record<string, { fact: string; safe: string; run(place: TokenWorld): Promise<string> }> = {
  hidden: {
    fact: "a token that is limited to one database cannot find another by its id",
    safe: "not_found",
    async run({ world, namespace, id, owner, databaseId, make }) {
      const { token } = await make(owner.ctx, { databases: [await world.addDatabase(id, "other")] });
      return refusalCode(getDatabase(await world.contextOfToken(token), { namespace, database: databaseId }));
    },
  },
  wide: {
    fact: "a token that is limited to databases cannot do what concerns the whole namespace, whatever is stored",
    safe: "forbidden",
    async run({ world, namespace, id, owner, databaseId }) {
      const token = await world.addToken(owner.userId, id, "all", [databaseId]);
      return refusalCode(perform(await world.contextOfToken(token), "member.invite", { namespace }, async () => null));
    },
  },
  lent: {
    fact: "nobody gives a token what they lack themselves",
    safe: "forbidden",
    run: ({ member, make }) => refusalCode(make(member.ctx, { grant: { actions: ["restore.project"] } })),
  },
  grown: {
    fact: "a member's token does not grow with its owner's promotion",
    safe: "forbidden",
    async run({ world, namespace, id, member, make }) {
      const ctx = await world.contextOfToken((await make(member.ctx)).token);
      await metadata().membership.updateMany({
        where: { userId: member.userId, namespaceId: id },
        data: { role: "owner" },
      });
      return refusalCode(perform(ctx, "restore.project", { namespace }, async () => null));
    },
  },
  child: {
    fact: "a token makes none that outlives it",
    safe: "forbidden",
    async run({ world, owner, make }) {
      const ctx = await world.contextOfToken((await make(owner.ctx, { expiresInHours: 1 })).token);
      return refusalCode(make(ctx, { expiresInHours: null }));
    },
  },
  busy: {
    fact: "a token that calls too often is refused",
    safe: "rate_limited",
    async run({ world, owner, make }) {
      const { token } = await make(owner.ctx, { ratePerMinute: 1 });
      await world.contextOfToken(token);
      return refusalCode(world.contextOfToken(token));
    },
  },
  ended: {
    fact: "an admin cannot end an owner's token",
    safe: "forbidden",
    async run({ namespace, owner, admin, make }) {
      const { id: tokenId } = await make(owner.ctx);
      return refusalCode(revokeToken(admin.ctx, { namespace, tokenId }));
    },
  },
  leaked: {
    fact: "a copy of the metadata has no token in it",
    safe: "hash alone",
    async run({ owner, make }) {
      const { id, token } = await make(owner.ctx);
      const row = await metadata().apiToken.findUniqueOrThrow({ where: { id } });
      return Object.values(row).includes(token) ? "token" : row.hash === hashToken(token) ? "hash alone" : "nothing";
    },
  },
  early: {
    fact: "nothing is removed before its grace period is over",
    safe: "not begun",
    async run({ world, namespace, owner, databaseId }) {
      await deleteDatabase(owner.ctx, { namespace, database: databaseId });
      return (await beginPurge(await world.agentId(), databaseId)) ? "begun" : "not begun";
    },
  },
  raised: {
    fact: "what is being removed is not brought back",
    safe: "conflict",
    async run({ world, namespace, owner, databaseId }) {
      await deleteDatabase(owner.ctx, { namespace, database: databaseId });
      await metadata().database.update({ where: { id: databaseId }, data: { purgeAfterMs: 1n } });
      await beginPurge(await world.agentId(), databaseId);
      return refusalCode(undeleteDatabase(owner.ctx, { namespace, databaseId }));
    },
  },
  linked: {
    fact: "a history that is a link to somebody's folder is not removed",
    safe: "conflict, kept",
    async run({ world, databaseId }) {
      const paths = runtimePaths(world.data);
      const precious = path.join(world.data, `precious-${databaseId}`);
      for (const folder of [paths.history, paths.hosted, precious]) mkdirSync(folder, { recursive: true });
      writeFileSync(path.join(precious, "app.db"), "x");
      symlinkSync(precious, path.join(paths.history, databaseId));
      const run = { signal: new AbortController().signal, progress: () => undefined };
      const outcome = await refusalCode(
        Promise.resolve()
          .then(() => removeStored(databaseId, paths, run))
          .catch((error: NodeJS.ErrnoException) => {
            // What rmdir says of a link comes too late for what lay behind it.
            if (error.code !== "ENOTDIR") throw error;
          }),
      );
      return `${outcome}, ${existsSync(path.join(precious, "app.db")) ? "kept" : "gone"}`;
    },
  },
  shortened: {
    fact: "a shorter window does not drop history at once",
    safe: "30 days",
    async run({ namespace, admin, databaseId }) {
      await updateDatabase(admin.ctx, { namespace, database: databaseId, windowDays: 1 });
      const { windowDays } = await metadata().database.findUniqueOrThrow({ where: { id: databaseId } });
      return `${windowDays} days`;
    },
  },
  revived: {
    fact: "an admin cannot bring back the namespace that its owner deleted",
    safe: "not_found",
    async run({ namespace, owner, admin }) {
      await deleteNamespace(owner.ctx, { namespace, confirmSlug: namespace });
      return refusalCode(undeleteNamespace(admin.ctx, { namespace }));
    },
  },
};
