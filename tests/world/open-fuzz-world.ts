import { randomUUID } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import { openMetadata } from "../../lib/db/client.ts";
import { nowMs } from "../../lib/db/epoch-ms.ts";
import type { Role } from "../../lib/domain/actions.ts";
import { runtimePaths } from "../../lib/runtime-paths.ts";
import { insertToken } from "../../lib/services/tokens/insert-token.ts";
import { addMember } from "./add-member.ts";
import { signIn } from "./browser-session.ts";
import { attachFile, callApi } from "./call-api.ts";
import type { FuzzTarget } from "./fuzz-lastgood.ts";
import type { StartedLastgood } from "./start-lastgood.ts";

const THEIRS = "only-the-others-know";
const NOTES = "fuzzed-notes";
const SHOP = "fuzzed-shop";

/**
 * What a whole Lastgood is tried with: an attached and a hosted database with a past, a preview, a backup, a label, callers of
 * each role by token and two by session, a token for one other database, and a namespace of other people.
 * @param given headers of sessions; else an owner and a viewer sign in, which they cannot where the public address is another
 */
export async function openFuzzWorld(
  lastgood: StartedLastgood,
  given: readonly Record<string, string>[] | null = null,
): Promise<FuzzTarget & { close(): void }> {
  const folder = mkdtempSync(path.join(tmpdir(), "fuzz-"));
  const file = path.join(folder, "shop.db");
  const shop = new DatabaseSync(file);
  shop.exec("pragma journal_mode = wal; create table orders(id integer primary key, what text)");
  const shopId = await attachFile(lastgood, SHOP, file);
  shop.exec("insert into orders(what) values ('tea'), ('cake')");
  const made = await must<{ id: string }>(lastgood, "/databases", { name: NOTES, engine: "sqlite" });
  const sql = "create table notes(id integer primary key, what text); insert into notes(what) values ('a')";
  await must(lastgood, `/databases/${NOTES}/query`, { sql });
  const backup = await must<{ id: string; key: string | null }>(lastgood, `/databases/${SHOP}/backups`, {});
  const snapshot = await must<{ id: string }>(lastgood, `/databases/${SHOP}/snapshots`, { label: "fuzzed" });
  const { bookmark } = await must<{ bookmark: string }>(lastgood, `/databases/${SHOP}/bookmark`);
  const others = await addOthers(lastgood);
  const own = { ...lastgood, namespace: others.slug, token: others.token };
  const theirs = await must<{ id: string }>(own, "/databases", { name: THEIRS, engine: "sqlite" });
  const tokens = await addCallers(lastgood, made.id);
  const sessions = given ?? (await signInTwo(lastgood));
  const databases = [SHOP, shopId, NOTES, made.id, NOTES, theirs.id, THEIRS];
  const things = [snapshot.id, backup.id, backup.key ?? backup.id, theirs.id, randomUUID()];
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  return {
    url: lastgood.url,
    pidOf: (process) => lastgood.pidOf(process),
    secrets: [THEIRS, lastgood.token, others.token, readFileSync(runtimePaths(lastgood.data).secret, "utf8").trim()],
    folders: [lastgood.data],
    pool: {
      params: {
        ns: [lastgood.namespace, lastgood.namespace, lastgood.namespace, others.slug, others.id],
        account: [lastgood.namespace, lastgood.namespace, others.slug],
        db: databases,
        id: things,
        "/v1/projects/id": databases,
        "/v1/databases/id": databases,
        point: things,
        backup: things,
        delivery: things,
        restore: things,
        pitr: things,
      },
      callers: [
        ...tokens.map(bearer),
        ...sessions,
        {},
        bearer("lg_no"),
        { authorization: "x" },
        { cookie: "lastgood.session=x" },
      ],
      words: [bookmark, snapshot.id, "fuzzed", "now", "select * from orders", "orders", file, SHOP],
    },
    close: () => {
      shop.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Headers of an owner's and a viewer's browser. */
async function signInTwo({ url, owner, data, namespace }: StartedLastgood): Promise<Record<string, string>[]> {
  const viewer = await addMember(data, namespace, "viewer");
  return Promise.all([owner, viewer].map(async (who) => ({ cookie: (await signIn(url, who)).cookie, origin: url })));
}

async function must<T>(lastgood: StartedLastgood, route: string, body?: unknown): Promise<T> {
  const answer = await callApi<T>(lastgood, route, body === undefined ? {} : { body });
  if (answer.status >= 300) throw new Error(`${route} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
  return answer.body;
}

/** Tokens of this namespace without a limit to their rate: most of the owner's, one of each other role, and a bounded one. */
async function addCallers({ data, namespace }: StartedLastgood, databaseId: string): Promise<string[]> {
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(data).metadata });
  try {
    const { id: namespaceId } = await db.namespace.findUniqueOrThrow({ where: { slug: namespace } });
    const { userId: ownerId } = await db.membership.findFirstOrThrow({ where: { namespaceId, role: "owner" } });
    const base = { namespaceId, name: "fuzzed", scopes: "all", ratePerMinute: 0, expiresAtMs: null } as const;
    const add = async (userId: string, databases: "all" | readonly string[] = "all") =>
      (await insertToken(db, { ...base, userId, databases })).token;
    const owner = await add(ownerId);
    const others = (["admin", "member", "viewer"] as const satisfies Role[]).map(async (role) => {
      const id = randomUUID();
      const createdAtMs = nowMs();
      await db.user.create({ data: { id, email: `${role}-${id}@example.com`, passwordHash: "-", createdAtMs } });
      await db.membership.create({ data: { namespaceId, userId: id, role, createdAtMs } });
      return add(id);
    });
    return [
      ...Array.from({ length: 9 }, () => owner),
      ...(await Promise.all(others)),
      await add(ownerId, [databaseId]),
    ];
  } finally {
    await db.$disconnect();
  }
}

/** A namespace of other people, with a token of its owner. */
async function addOthers({ data }: StartedLastgood): Promise<{ id: string; slug: string; token: string }> {
  const db = openMetadata({ provider: "sqlite", file: runtimePaths(data).metadata });
  try {
    const [id, userId, createdAtMs] = [randomUUID(), randomUUID(), nowMs()];
    const slug = "fuzzed-others";
    await db.namespace.create({ data: { id, slug, name: slug, createdAtMs } });
    await db.user.create({ data: { id: userId, email: "others@example.com", passwordHash: "-", createdAtMs } });
    await db.membership.create({ data: { namespaceId: id, userId, role: "owner", createdAtMs } });
    const token = { namespaceId: id, userId, name: "others", scopes: "all", databases: "all" } as const;
    return { id, slug, token: (await insertToken(db, { ...token, ratePerMinute: 0, expiresAtMs: null })).token };
  } finally {
    await db.$disconnect();
  }
}
