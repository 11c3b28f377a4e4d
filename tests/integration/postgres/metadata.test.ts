import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { closeMetadata, isUniqueViolation, type Metadata, metadata, openMetadata } from "../../../lib/db/client.ts";
import { migratePostgres } from "../../../lib/db/migrate-postgres.ts";
import { LastgoodError } from "../../../lib/domain/errors.ts";
import { writeAuditEntry } from "../../../lib/services/audit/write-audit-entry.ts";
import { systemContext } from "../../../lib/services/call-context.ts";
import { transact } from "../../../lib/services/transact.ts";
import { runOnServer } from "../../world/make-store.ts";
import { startPostgres } from "../../world/start-postgres.ts";
import { type MetadataWorld, openMetadataWorld } from "../services/open-metadata-world.ts";

const url = () => process.env.DATABASE_URL ?? "";
const isolation = { isolationLevel: "Serializable", maxWait: 15_000, timeout: 15_000 } as const;

let world: MetadataWorld;
let db: Metadata;
beforeEach(async () => {
  world = await openMetadataWorld();
  db = openMetadata({ provider: "postgres", url: url() });
});
afterEach(async () => {
  await db.$disconnect();
  await world.close();
});

const read = async (key: string, from = db) => (await from.setting.findUnique({ where: { key } }))?.value ?? null;

/** Runs the same program in several processes with a client each; `STORE` names the store. */
async function runInProcesses(count: number, program: string): Promise<(number | null)[]> {
  const client = JSON.stringify(path.resolve("lib/db/client.ts"));
  const source = `import { setTimeout as sleep } from "node:timers/promises";
    const { metadata, closeMetadata } = await import(${client}); const db = metadata(); ${program} await closeMetadata();`;
  const children = Array.from({ length: count }, () =>
    spawn(process.execPath, ["--input-type=module-typescript", "-e", source], {
      stdio: ["ignore", "inherit", "inherit"],
    }),
  );
  return Promise.all(
    children.map(async (child) => {
      await once(child, "exit");
      return child.exitCode;
    }),
  );
}

/** The code of a refusal that tells nothing of how the store is reached, however it is printed. */
async function codeOf(run: Promise<unknown>, password = ""): Promise<string> {
  const error = await run.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (password !== "") expect(inspect(error, { depth: 20, showHidden: true })).not.toContain(password);
  if (error instanceof LastgoodError) return error.code;
  throw error ?? new Error("nothing was refused");
}

describe("transactions on PostgreSQL", () => {
  test("show nobody what they have not committed, and hold up no reading", async () => {
    const inside = Promise.withResolvers<void>();
    const leave = Promise.withResolvers<void>();
    const transaction = db.$transaction(async (tx) => {
      await tx.setting.create({ data: { key: "a", value: "1" } });
      inside.resolve();
      await leave.promise;
    });
    await inside.promise;
    expect(await read("a")).toBeNull();
    leave.resolve();
    await transaction;
    expect(await read("a")).toBe("1");
  });

  test("of several processes count right, and lose no turn", async () => {
    await db.setting.create({ data: { key: "n", value: "0" } });
    const program = `for (let i = 0; i < 40; i++) await db.$transaction(async (tx) => {
      const row = await tx.setting.findUniqueOrThrow({ where: { key: "n" } });
      await tx.setting.update({ where: { key: "n" }, data: { value: String(Number(row.value) + 1) } });
    }, { maxWait: 15000, timeout: 15000, isolationLevel: "Serializable" });`;
    expect(await runInProcesses(3, program)).toEqual([0, 0, 0]);
    expect(await read("n")).toBe("120");
  });

  test("number audit entries without gaps or doubles, however many write at once", async () => {
    const services = (file: string) => JSON.stringify(path.resolve("lib/services", file));
    const before = await db.auditEntry.count();
    const program = `
      const { transact } = await import(${services("transact.ts")});
      const { writeAuditEntry } = await import(${services("audit/write-audit-entry.ts")});
      const { systemContext } = await import(${services("call-context.ts")});
      const record = { action: "x", outcome: "done", namespaceId: null, actorName: null, target: null, detail: {} };
      await Promise.all(Array.from({ length: 100 }, () =>
        transact((tx) => writeAuditEntry(tx, systemContext(String(process.pid)), record))));`;
    expect(await runInProcesses(3, program)).toEqual([0, 0, 0]);
    const entries = await db.auditEntry.findMany({ orderBy: { seq: "asc" } });
    expect(entries.map(({ seq }) => Number(seq))).toEqual(Array.from({ length: before + 300 }, (_, at) => at + 1));
    expect(new Set(entries.slice(before).map(({ requestId }) => requestId)).size).toBe(3);
  });

  test("fail by the dozen where they take no turns, which is what the lock is for", async () => {
    const stock = (name: string) => JSON.stringify(path.resolve(name));
    const program = `
      const { PrismaPg } = await import(${stock("node_modules/@prisma/adapter-pg/dist/index.mjs")});
      const { PrismaClient } = await import(${stock("lib/db/generated/postgres/client.ts")});
      const plain = new PrismaClient({ adapter: new PrismaPg({ connectionString: process.env.DATABASE_URL }) });
      let lost = 0;
      await Promise.all(Array.from({ length: 15 }, () => plain.$transaction(async (tx) => {
        const row = await tx.setting.findUniqueOrThrow({ where: { key: "n" } });
        await tx.setting.update({ where: { key: "n" }, data: { value: String(Number(row.value) + 1) } });
      }, { isolationLevel: "Serializable" }).catch(() => lost++)));
      await plain.$disconnect();
      process.exitCode = lost > 5 ? 3 : 0;`;
    await db.setting.create({ data: { key: "n", value: "0" } });
    expect(await runInProcesses(2, program)).toContain(3);
  });

  test("that read what somebody else changes beside them are run again, and lose nothing", async () => {
    await db.setting.create({ data: { key: "n", value: "0" } });
    let runs = 0;
    await transact(async (tx) => {
      runs++;
      const before = Number((await tx.setting.findUniqueOrThrow({ where: { key: "n" } })).value);
      // A single statement takes no turn: it may come between, as the prolonging of a lease does.
      if (runs === 1) await db.setting.update({ where: { key: "n" }, data: { value: "10" } });
      await tx.setting.update({ where: { key: "n" }, data: { value: String(before + 1) } });
    });
    expect(runs).toBe(2);
    expect(await read("n")).toBe("11");
  });

  test("let go of their turn when they are rolled back, refused or too slow", async () => {
    await expect(transact(async () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    const twice = (tx: Parameters<Parameters<typeof transact>[0]>[0]) =>
      tx.setting.create({ data: { key: "k", value: "1" } });
    await transact(twice);
    expect(isUniqueViolation(await transact(twice).catch((error: unknown) => error))).toBe(true);
    const slow = metadata().$transaction(() => sleep(300), { ...isolation, timeout: 50 });
    await expect(slow).rejects.toThrow();
    await transact((tx) => tx.setting.create({ data: { key: "after", value: "1" } }));
    expect(await read("after")).toBe("1");
  });

  test("of a process that hangs end within seconds, so that nobody waits for it for ever", async () => {
    const { stop, hung } = await hangInTransaction();
    const startedMs = performance.now();
    try {
      await transact((tx) => tx.setting.create({ data: { key: "free", value: "1" } }));
    } finally {
      stop();
      await hung;
    }
    expect(performance.now() - startedMs).toBeLessThan(14_000);
    expect(await read("free")).toBe("1");
    expect(await read("hung")).toBeNull();
  });

  test("of a killed process leave nothing behind", async () => {
    const { kill, hung } = await hangInTransaction();
    kill();
    await hung;
    await transact((tx) => tx.setting.create({ data: { key: "free", value: "1" } }));
    expect([await read("free"), await read("hung")]).toEqual(["1", null]);
  });

  test("keep text with a zero byte, of which PostgreSQL knows none, from being our failure", async () => {
    expect(await db.namespace.findFirst({ where: { slug: "a\0b" } })).toBeNull();
    await db.setting.create({ data: { key: "zero", value: "a\0b" } });
    expect(await read("zero")).toBe("a\uFFFDb");
  });
});

test("searching within texts means the same on both providers", async () => {
  await world.addNamespace("acme-shops");
  const found = (part: object) => db.namespace.count({ where: { slug: part } });
  expect(await found({ contains: "ME-SH" })).toBe(1);
  expect(await found({ startsWith: "Acme" })).toBe(1);
  expect(await found({ equals: "Acme-shops" })).toBe(0);
});

/** A process that stands still within a transaction. */
async function hangInTransaction() {
  const program = `const { metadata } = await import(${JSON.stringify(path.resolve("lib/db/client.ts"))});
    await metadata().$transaction(async (tx) => {
      await tx.setting.create({ data: { key: "hung", value: "1" } });
      console.log("inside");
      await new Promise((resolve) => setTimeout(resolve, 100));
      process.kill(process.pid, "SIGSTOP");
      await tx.setting.findFirst();
    }, { isolationLevel: "Serializable", timeout: 60000 });`;
  const child = spawn(process.execPath, ["--input-type=module-typescript", "-e", program], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  const hung = once(child, "exit");
  await once(child.stdout, "data");
  await sleep(300);
  return { hung, kill: () => child.kill("SIGKILL"), stop: () => child.kill("SIGKILL") };
}

describe("a store that goes away", () => {
  test("fails calls as unavailable, ends no process, and is used again when it is back", async () => {
    const server = await startPostgres();
    const own = process.env.DATABASE_URL;
    try {
      await closeMetadata();
      process.env.DATABASE_URL = server.url("postgres");
      await migratePostgres(server.url("postgres"));
      const entry = () =>
        transact((tx) =>
          writeAuditEntry(tx, systemContext("r"), {
            action: "x",
            outcome: "done",
            namespaceId: null,
            actorName: null,
            target: null,
            detail: {},
          }),
        );
      await Promise.all(Array.from({ length: 8 }, () => metadata().setting.findMany()));
      await entry();
      // Broken within a transaction: nothing of it counts, and its turn ends.
      const inside = Promise.withResolvers<void>();
      const crashed = Promise.withResolvers<void>();
      const broken = transact(async (tx) => {
        await tx.setting.create({ data: { key: "lost", value: "1" } });
        inside.resolve();
        await crashed.promise;
        await tx.setting.create({ data: { key: "lost too", value: "1" } });
      });
      const told = codeOf(broken);
      await inside.promise;
      await server.crash();
      crashed.resolve();
      expect(await told).toBe("metadata_unavailable");
      for (const call of [() => metadata().setting.findFirst(), () => metadata().$queryRaw`SELECT 1`, entry]) {
        expect(await codeOf(call(), server.password)).toBe("metadata_unavailable");
      }
      await server.restart();
      await entry();
      expect(await metadata().auditEntry.count()).toBe(2);
      expect(await metadata().setting.count({ where: { key: { startsWith: "lost" } } })).toBe(0);
      const connections = metadata().$queryRaw<{ n: bigint }[]>`
        SELECT count(*) AS n FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'`;
      expect(Number((await connections)[0]?.n)).toBe(0);
    } finally {
      await closeMetadata();
      if (own !== undefined) process.env.DATABASE_URL = own;
      await server.remove();
    }
  });

  test("only for some connections is not noticed by later calls", async () => {
    await Promise.all(Array.from({ length: 8 }, () => metadata().setting.findMany()));
    const name = new URL(url()).pathname.slice(1);
    await runOnServer(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${name}' AND pid <> pg_backend_pid()`,
    );
    await sleep(100);
    await transact((tx) => tx.setting.create({ data: { key: "k", value: "1" } }));
    expect(await read("k", metadata())).toBe("1");
  });
});
