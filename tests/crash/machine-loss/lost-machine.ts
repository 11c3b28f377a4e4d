import { randomBytes } from "node:crypto";
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import pg from "pg";
import type { DatabaseDetail, RestoreView } from "../../../lib/client/api-types.ts";
import type { Exposure } from "../../../lib/domain/exposure.ts";
import { servingPid } from "../../../lib/engines/postgres/receiver/serving-cluster.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { readSupervisorRecord } from "../../../lib/supervisor/supervisor-record.ts";
import { callApi } from "../../world/call-api.ts";
import { runLastgood } from "../../world/run-lastgood.ts";
import { type S3Server, startS3 } from "../../world/s3-server.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";
import { startPostgres } from "../../world/start-postgres.ts";

const LOOK_MS = 100;
const PROTECTED_WITHIN_MS = 120_000;
const COPIED_WITHIN_MS = 120_000;
const DATABASES = ["till", "ledger"] as const;
type Name = (typeof DATABASES)[number];

/** Writes that somebody was told of, the n-th at `atMs`. */
type Acknowledged = { atMs: number[] };
/** What exposure said of a database: of the writes until `throughMs`, so many are nowhere else. */
type Said = { throughMs: number; writes: number };

/** What one lost machine cost. `lost`: writes until then that are not back; `lostInAll`: all that were acknowledged before the machine was gone. */
export type Loss = {
  database: Name;
  acknowledged: number;
  back: number;
  said: number;
  lost: number;
  lostInAll: number;
  lostMs: number;
};

/** `withServer`: the metadata are on a PostgreSQL server, which is lost too. */
export type LossOptions = { withCluster: boolean; withServer?: boolean; loadMs: number };

/**
 * A whole Lastgood with a file of SQLite and, where there is PostgreSQL, a cluster, both written to; then every process is killed, the data
 * directory removed, and both are brought back from the bucket alone.
 */
export async function loseMachine({ withCluster, withServer, loadMs }: LossOptions) {
  // Where PostgreSQL's own user can enter.
  const folder = mkdtempSync("/tmp/lg-loss-");
  chmodSync(folder, 0o711);
  const s3 = await startS3();
  const env = environment(folder, s3);
  const stores = [withServer ? await startPostgres() : null, withServer ? await startPostgres() : null] as const;
  const store = (nth: 0 | 1): Record<string, string> => (stores[nth] ? { DATABASE_URL: stores[nth].url() } : {});
  let lastgood: StartedLastgood | null = null;
  try {
    const first = await startLastgood({
      data: path.join(folder, "first"),
      env: { ...env, ...clusters(folder, "first"), ...store(0) },
    });
    lastgood = first;
    const names = DATABASES.filter((name) => name === "till" || withCluster);
    for (const name of names) await host(first, name);
    const ending = new AbortController();
    const loads = await Promise.all(names.map((name) => load(first, name, ending.signal)));
    for (const name of names) await untilCopied(first, name);
    await sleep(loadMs);
    const said = new Map<Name, Said>();
    for (const name of names) said.set(name, await exposureOf(first, name));
    const lostAtMs = Date.now();
    killAll(first.data);
    await first.kill();
    await stores[0]?.remove();
    ending.abort();
    await Promise.all(loads.map(({ ended }) => ended));
    for (const gone of ["first", "first-clusters"]) rmSync(path.join(folder, gone), { recursive: true, maxRetries: 5 });

    const startedMs = performance.now();
    const second = path.join(folder, "second");
    const ran = await runLastgood(["restore-offline", "--bucket", s3.settings.bucket, "--all", second, "--json"], {
      env: { ...env, ...store(1) },
    });
    if (ran.code !== 0) throw new Error(`nothing was brought back: ${ran.out}${ran.err}`);
    lastgood = await startLastgood({ data: second, env: { ...env, ...clusters(folder, "second"), ...store(1) } });
    lastgood.token = first.token;
    if (withCluster) await untilClusterIsBack(lastgood);
    const counts = await Promise.all(names.map((name) => countOf(lastgood as StartedLastgood, name)));
    const backMs = Math.round(performance.now() - startedMs);
    // It is protected and written to as before.
    for (const name of names) await writeOne(lastgood, name);
    const losses = names.map((name, i): Loss => {
      const { atMs } = loads[i]?.acknowledged ?? { atMs: [] };
      const { throughMs, writes } = said.get(name) as Said;
      const back = counts[i] ?? 0;
      const missing = atMs.slice(back);
      return {
        database: name,
        acknowledged: atMs.length,
        back,
        said: writes,
        lost: missing.filter((at) => at <= throughMs).length,
        lostInAll: missing.length,
        lostMs: missing[0] === undefined ? 0 : Math.max(0, lostAtMs - missing[0]),
      };
    });
    return { losses, backMs };
  } finally {
    if (lastgood) {
      killAll(lastgood.data);
      await lastgood.kill().catch(() => undefined);
    }
    await s3.stop();
    for (const one of stores) await one?.remove();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
}

function environment(folder: string, { settings }: S3Server): Record<string, string> {
  const keys = path.join(folder, "copy.keys");
  writeFileSync(keys, `${randomBytes(32).toString("base64")}\n`, { mode: 0o600 });
  return {
    LASTGOOD_COPY_BUCKET: settings.bucket,
    LASTGOOD_COPY_ENDPOINT: settings.endpoint ?? "",
    LASTGOOD_COPY_REGION: settings.region,
    LASTGOOD_COPY_ACCESS_KEY: settings.accessKeyId,
    LASTGOOD_COPY_SECRET_KEY: settings.secretAccessKey,
    LASTGOOD_COPY_KEYS: keys,
  };
}

const clusters = (folder: string, name: string) => ({
  LASTGOOD_CLUSTERS: path.join(folder, `${name}-clusters`, "all"),
});

async function host(lastgood: StartedLastgood, name: Name): Promise<void> {
  const engine = name === "till" ? "sqlite" : "postgres";
  const made = await callApi(lastgood, "/databases", { body: { name, engine } });
  if (made.status !== 201) throw new Error(`${name} was not made: ${JSON.stringify(made.body)}`);
  await until(
    `${name} is protected`,
    PROTECTED_WITHIN_MS,
    async () => (await detail(lastgood, name)).capture?.state === "protected",
  );
  await run(lastgood, name, "CREATE TABLE acked (n integer PRIMARY KEY, pad text)");
}

/** One client, which writes one row after the other and notes those it was told of, until there is nobody who answers. */
async function load(lastgood: StartedLastgood, name: Name, signal: AbortSignal) {
  const acknowledged: Acknowledged = { atMs: [] };
  const insert = await inserter(lastgood, name);
  const ended = (async () => {
    for (let n = 1; !signal.aborted; n++) {
      try {
        await insert(n);
      } catch (error) {
        if (error instanceof Error) return;
        throw error;
      }
      acknowledged.atMs.push(Date.now());
    }
  })();
  return { acknowledged, ended };
}

async function inserter(lastgood: StartedLastgood, name: Name): Promise<(n: number) => Promise<unknown>> {
  const pad = "x".repeat(200);
  if (name === "till") return (n) => run(lastgood, name, `INSERT INTO acked VALUES (${n}, '${pad}')`);
  const client = await connect(lastgood, name);
  return (n) => client.query("INSERT INTO acked VALUES ($1, $2)", [n, pad]);
}

async function run(lastgood: StartedLastgood, name: Name, sql: string): Promise<Record<string, unknown>[]> {
  if (name === "till") {
    const { status, body } = await callApi<{ results: Record<string, unknown>[] }[]>(
      lastgood,
      `/databases/${name}/query`,
      {
        body: { sql },
      },
    );
    if (status !== 200) throw new Error(JSON.stringify(body));
    return body[0]?.results ?? [];
  }
  const client = await connect(lastgood, name);
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

async function connect(lastgood: StartedLastgood, name: Name): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: (await detail(lastgood, name)).connectionString ?? "" });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

async function detail(lastgood: StartedLastgood, name: Name): Promise<DatabaseDetail> {
  return (await callApi<DatabaseDetail>(lastgood, `/databases/${name}`)).body;
}

/** Everything captured until some moment of the load is in the copy. */
async function untilCopied(lastgood: StartedLastgood, name: Name): Promise<void> {
  await until(`${name} is copied`, COPIED_WITHIN_MS, async () => {
    const { lost } = (await callApi<Exposure>(lastgood, `/databases/${name}/exposure`)).body;
    return lost.commits !== null;
  });
}

/** Exposure says itself until when it counts; what was acknowledged until the very moment of the loss no figure can have known. */
async function exposureOf(lastgood: StartedLastgood, name: Name): Promise<Said> {
  const { lost, countedUntilMs } = (await callApi<Exposure>(lastgood, `/databases/${name}/exposure`)).body;
  if (lost.commits === null) throw new Error(`exposure of ${name} is ${JSON.stringify(lost)}`);
  return { throughMs: countedUntilMs ?? 0, writes: lost.commits };
}

/** Every process of an installation, servers included, as when the power goes. */
function killAll(data: string): void {
  const record = readSupervisorRecord(path.join(runtimePaths(data).run, "supervisor.json"));
  const folder = path.join(`${data}-clusters`, "all");
  const servers = namesIn(folder).flatMap((id) => servingPid(path.join(folder, id, "live")) ?? []);
  const all = [
    record?.pid,
    ...Object.values(record?.children ?? {}),
    ...servers.flatMap((pid) => [pid, ...childrenOf(pid)]),
  ];
  for (const pid of all) {
    try {
      if (pid !== undefined) process.kill(pid, "SIGKILL");
    } catch (error) {
      if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
    }
  }
}

function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ").filter(Boolean).map(Number);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw error;
  }
}

/** A cluster is restored in place by the first start, from the history that came back. */
async function untilClusterIsBack(lastgood: StartedLastgood): Promise<void> {
  await until("the cluster is restored", PROTECTED_WITHIN_MS, async () => {
    const { restores } = (await callApi<{ restores: RestoreView[] }>(lastgood, "/databases/ledger/restores")).body;
    const [restore] = restores;
    if (restore?.status === "failed") throw new Error(`the cluster was not restored: ${JSON.stringify(restore.error)}`);
    return restore?.status === "completed";
  });
}

async function countOf(lastgood: StartedLastgood, name: Name): Promise<number> {
  const [row] = await run(lastgood, name, "SELECT count(*) AS n, max(n) AS last FROM acked");
  const [n, last] = [Number(row?.n), Number(row?.last)];
  if (n !== last) throw new Error(`${name} has ${n} rows, the last of which is number ${last}`);
  return n;
}

async function writeOne(lastgood: StartedLastgood, name: Name): Promise<void> {
  await until(
    `${name} is protected again`,
    PROTECTED_WITHIN_MS,
    async () => (await detail(lastgood, name)).capture?.state === "protected",
  );
  await run(lastgood, name, "INSERT INTO acked VALUES (-1, 'after')");
}

async function until(what: string, withinMs: number, is: () => Promise<boolean>): Promise<void> {
  const untilMs = performance.now() + withinMs;
  while (!(await is())) {
    if (performance.now() > untilMs) throw new Error(`it did not come to that: ${what}`);
    await sleep(LOOK_MS);
  }
}
