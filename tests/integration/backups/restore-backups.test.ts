import { randomUUID } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PlanView, RestoreView } from "../../../lib/client/api-types.ts";
import type { ApprovalView } from "../../../lib/client/approval-types.ts";
import type { BackupView } from "../../../lib/client/backup-types.ts";
import { type Metadata, openMetadata } from "../../../lib/db/client.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { callApi } from "../../world/call-api.ts";
import { callV1, untilEnded } from "../../world/call-v1.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";

let lastgood: StartedLastgood;
let metadata: Metadata;

beforeAll(async () => {
  lastgood = await startLastgood();
  metadata = openMetadata({ provider: "sqlite", file: runtimePaths(lastgood.data).metadata });
}, 90_000);
afterAll(async () => {
  await metadata.$disconnect();
  await lastgood.remove();
});

type Project = { id: string; name: string };
type Restore = { id: string; status: string; preview_id: string; error: { code: string } | null };
const ROWS = "select id, v from t order by id";

async function query(name: string, sql: string): Promise<unknown[]> {
  const { status, body } = await callApi<{ results: unknown[] }[]>(lastgood, `/databases/${name}/query`, {
    body: { sql },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return body.at(-1)?.results ?? [];
}

async function host(): Promise<Project> {
  const name = `h-${randomUUID().slice(0, 8)}`;
  const made = await callApi<{ id: string }>(lastgood, "/databases", { body: { name, engine: "sqlite" } });
  await query(name, "create table t(id integer primary key, v text); insert into t values (1,'a'),(2,'b'),(3,'c')");
  return { id: made.body.id, name };
}

async function backUp(
  { id }: Project,
  kind: "physical" | "portable" = "physical",
): Promise<BackupView & { key: string }> {
  const { body } = await callV1<{ id: string }>(lastgood, `projects/${id}/backups`, { body: { kind } });
  await untilEnded(lastgood, `projects/${id}/backups/${body.id}`);
  const { body: view } = await callApi<BackupView>(lastgood, `/databases/${id}/backups/${body.id}`);
  expect(view.status, JSON.stringify(view)).toBe("completed");
  return { ...view, key: view.key ?? "" };
}

async function restore({ id }: Project, body: object): Promise<Restore> {
  const started = await callV1<Restore>(lastgood, `projects/${id}/restores`, { body });
  expect(started.status, JSON.stringify(started.body)).toBe(202);
  return untilEnded<Restore>(lastgood, `projects/${id}/restores/${started.body.id}`);
}

const overwrite = (key: string) => ({ backup_key: key, target_kind: "project", confirm_project_overwrite: true });
const viewOf = async ({ name }: Project, id: string) =>
  (await callApi<RestoreView>(lastgood, `/databases/${name}/restores/${id}`)).body;

describe.each(["physical", "portable"] as const)("a %s backup", (kind) => {
  test("is restored into all four targets, and what it overwrote is brought back by undo", {
    timeout: 240_000,
  }, async () => {
    const project = await host();
    const then = await query(project.name, ROWS);
    const { id, key } = await backUp(project, kind);
    await query(project.name, "delete from t where id = 2; insert into t values (9,'z')");
    const now = await query(project.name, ROWS);

    const made = await restore(project, { backup_key: key });
    expect(made).toMatchObject({ status: "completed", error: null });
    expect(await query(made.preview_id, ROWS)).toEqual(then);
    await query(made.preview_id, "delete from t");
    const over = await restore(project, { backup_key: key, target_kind: "preview", preview_id: made.preview_id });
    expect(over, JSON.stringify(over)).toMatchObject({ status: "completed", error: null });
    expect(await query(made.preview_id, ROWS)).toEqual(then);
    const name = `new-${randomUUID().slice(0, 6)}`;
    const lasting = { backup_key: key, target_kind: "new_database", target_database_name: name };
    expect(await restore(project, lasting)).toMatchObject({ status: "completed", error: null });
    expect(await query(name, ROWS)).toEqual(then);
    expect(await query(project.name, ROWS)).toEqual(now);

    const done = await restore(project, overwrite(key));
    expect(done, JSON.stringify(done)).toMatchObject({ status: "completed", error: null });
    expect(await query(project.name, ROWS)).toEqual(then);
    const view = await viewOf(project, done.id);
    expect(view.backup).toMatchObject({ id, key, kind });
    expect(Object.keys(view.timings)).toEqual(expect.arrayContaining(["fetch", "inspect", "check"]));
    const kept = view.preRestoreKey;
    if (kind === "portable") {
      const listed = await callApi<BackupView>(lastgood, `/databases/${project.name}/backups/${kept}`);
      expect(listed.body).toMatchObject({ trigger: "pre_restore", kind: "portable", status: "completed" });
    } else expect(kept).toBeNull();
    const row = await metadata.backup.findUniqueOrThrow({ where: { id } });
    expect(row.restoredAtMs).not.toBeNull();

    await callApi(lastgood, `/databases/${project.name}/restore`, { body: { bookmark: view.previous?.bookmark } });
    expect(await query(project.name, ROWS)).toEqual(now);
    const window = await callApi<{ gaps: unknown[] }>(lastgood, `/databases/${project.name}/window`);
    expect(window.body.gaps).toEqual([]);
    expect(readdirSync(path.join(runtimePaths(lastgood.data).temporary, "fetched-backups"))).toEqual([]);
  });
});

describe("a backup that is not what was stored", () => {
  const bodyOf = (databaseId: string, backupId: string) => {
    const folder = path.join(runtimePaths(lastgood.data).data, "backups", databaseId, backupId);
    const name = readdirSync(folder).find((one) => one !== "manifest.json") ?? "";
    return { folder, file: path.join(folder, name), manifest: path.join(folder, "manifest.json") };
  };

  test.each<[string, (at: ReturnType<typeof bodyOf>) => void]>([
    [
      "one byte of it is another",
      ({ file }) => {
        const bytes = readFileSync(file);
        bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
        writeFileSync(file, bytes);
      },
    ],
    ["its end is missing", ({ file }) => writeFileSync(file, readFileSync(file).subarray(0, -9))],
    [
      "its manifest names another sum",
      ({ manifest }) => {
        const written = JSON.parse(readFileSync(manifest, "utf8")) as { body: { sha256: string } };
        written.body.sha256 = "0".repeat(64);
        writeFileSync(manifest, JSON.stringify(written));
      },
    ],
  ])("is refused where %s, before anything is written", { timeout: 60_000 }, async (_, spoil) => {
    const project = await host();
    const { id, key } = await backUp(project);
    await query(project.name, "insert into t values (9,'z')");
    const now = await query(project.name, ROWS);
    const { body: before } = await callApi<{ bookmark: string }>(lastgood, `/databases/${project.name}/bookmark`);
    const at = bodyOf(project.id, id);
    expect(existsSync(at.file)).toBe(true);
    spoil(at);
    const asked = await callV1<Restore>(lastgood, `projects/${project.id}/restores`, { body: overwrite(key) });
    // A manifest that does not fit is seen by the plan already.
    const ended =
      asked.status === 202
        ? await untilEnded<Restore>(lastgood, `projects/${project.id}/restores/${asked.body.id}`)
        : null;
    expect(ended?.error?.code ?? (asked.body as unknown as { code: string }).code).toBe("storage_damaged");
    expect(await query(project.name, ROWS)).toEqual(now);
    const { body: told } = await callApi<BackupView>(lastgood, `/databases/${project.name}/backups/${id}`);
    expect(told.damage === null).toBe(ended === null);
    const { body: after } = await callApi<{ bookmark: string }>(lastgood, `/databases/${project.name}/bookmark`);
    expect(after.bookmark).toBe(before.bookmark);
    const preview = await callV1<Restore>(lastgood, `projects/${project.id}/restores`, { body: { backup_key: key } });
    const made =
      preview.status === 202
        ? await untilEnded<Restore>(lastgood, `projects/${project.id}/restores/${preview.body.id}`)
        : null;
    expect(made?.status ?? "refused").not.toBe("completed");
    expect(await metadata.database.count({ where: { parentId: project.id, deletedAtMs: null } })).toBe(0);
  });
});

test("another database's backup is absent, by key and by id", async () => {
  const [mine, other] = [await host(), await host()];
  const { id, key } = await backUp(other);
  for (const backup_key of [id, key]) {
    const asked = await callV1(lastgood, `projects/${mine.id}/restores`, { body: { backup_key } });
    expect(asked).toMatchObject({ status: 404, body: { code: "not_found" } });
    const plan = await callApi(lastgood, `/databases/${mine.name}/plan`, { body: { backupKey: backup_key } });
    expect(plan).toMatchObject({ status: 404, body: { code: "not_found" } });
  }
});

test("a plan says how far it goes back while the history reaches it, and is bound to the very backup", async () => {
  const project = await host();
  const [one, two] = [await backUp(project), await backUp(project)];
  await query(project.name, "insert into t values (9,'z')");
  const planOf = async (backupKey: string) =>
    (await callApi<PlanView>(lastgood, `/databases/${project.name}/plan`, { body: { backupKey } })).body.plan;
  const [first, second] = [await planOf(one.key), await planOf(two.key)];
  expect(first).toMatchObject({ commits: 1, way: "append", to: { bookmark: one.bookmark } });
  expect(second.to).toEqual(first.to);
  expect(second.digest).not.toBe(first.digest);
});

test("where a policy wants approvals, one backup is approved and no other, and not once it is deleted", {
  timeout: 90_000,
}, async () => {
  const project = await host();
  const { key, id } = await backUp(project);
  await query(project.name, "insert into t values (9,'z')");
  await metadata.policy.create({ data: { databaseId: project.id, approvals: 1, updatedAtMs: 1n } });
  const direct = await callV1(lastgood, `projects/${project.id}/restores`, { body: overwrite(key) });
  expect(direct).toMatchObject({ status: 403, body: { code: "approval_required" } });
  // Somebody has to be there who could approve it.
  const other = { id: randomUUID(), email: `${randomUUID()}@acme.example`, passwordHash: "-", createdAtMs: 1n };
  await metadata.user.create({ data: other });
  const acme = await metadata.namespace.findFirstOrThrow({ where: { slug: lastgood.namespace } });
  await metadata.membership.create({
    data: { namespaceId: acme.id, userId: other.id, role: "admin", createdAtMs: 1n },
  });
  const asked = await callApi<ApprovalView>(lastgood, `/databases/${project.name}/approvals`, {
    body: { kind: "restore.project", reason: "the migration went wrong", backupKey: key },
  });
  expect(asked.status, JSON.stringify(asked.body)).toBe(201);
  expect(asked.body.plan).toMatchObject({ kind: "restore.project", source: { kind: "backup" }, backup: key });
  await metadata.backup.update({ where: { id }, data: { deletedAtMs: 1n, purgeAfterMs: BigInt(Date.now() + 1e6) } });
  const { body: after } = await callApi<ApprovalView>(lastgood, `/approvals/${asked.body.id}`);
  expect(after.status).toBe("void");
});
