import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { RestoreView } from "../../../lib/client/api-types.ts";
import { parseBookmark } from "../../../lib/domain/bookmark.ts";
import { runtimePaths } from "../../../lib/runtime-paths.ts";
import { readSupervisorRecord } from "../../../lib/supervisor/supervisor-record.ts";
import { attachFile, callApi } from "../../world/call-api.ts";
import { type StartedLastgood, startLastgood } from "../../world/start-lastgood.ts";
import type { Victim } from "./stage-points.ts";
import type { Order } from "./stand-at-point.ts";

const PRELOAD = pathToFileURL(path.join(import.meta.dirname, "stand-at-point.ts")).href;
const PROBE = path.resolve(import.meta.dirname, "../../foreign/lock_probe.py");
const SQL = `import sqlite3,sys,hashlib
c=sqlite3.connect(sys.argv[1],timeout=20,isolation_level=None)
for s in sys.argv[2].split(";;"): c.execute(s).fetchall() if s else None
print(hashlib.sha1("\\n".join(c.iterdump()).encode()).hexdigest(), c.execute("pragma integrity_check").fetchone()[0])`;
const LOOK_MS = 25;

/** A state of a database: of all its rows and its schema. */
export type Moment = { bookmark: string; digest: string };
/** One that has a label, by its id. */
export type LabelledMoment = Moment & { label: string };

/** A whole Lastgood, any process of which can be made to die while a restore stands at a point. */
export class StageWorld {
  readonly file: string;
  lastgood: StartedLastgood;
  readonly #folder: string;
  readonly #env: Record<string, string>;
  readonly #states: LabelledMoment[] = [];
  #shopId = "";
  readonly #backups = new Map<string, Moment & { key: string }>();
  #preview: string | null = null;

  /** @param control a protection that is left out in every process */
  static async begin(control: string | null): Promise<StageWorld> {
    const folder = mkdtempSync(path.join(tmpdir(), "stages-"));
    const hooks = path.join(folder, "hooks");
    mkdirSync(hooks, { mode: 0o700 });
    for (const name of ["before-restore", "after-restore"]) {
      writeFileSync(path.join(hooks, name), `#!/bin/sh\necho $$ >> "${folder}/hook-pids"\nsleep 0.1\n`);
      chmodSync(path.join(hooks, name), 0o700);
    }
    const env = {
      NODE_OPTIONS: `--import=${PRELOAD} --disable-warning=ExperimentalWarning`,
      STAGES_FOLDER: folder,
      LASTGOOD_HOOKS: hooks,
      ...(control === null ? {} : { STAGES_CONTROL: control }),
    };
    const world = new StageWorld(folder, env, await startLastgood({ env }));
    try {
      await world.#prepare();
    } catch (error) {
      await world.close();
      throw error;
    }
    return world;
  }

  private constructor(folder: string, env: Record<string, string>, lastgood: StartedLastgood) {
    this.#folder = folder;
    this.#env = env;
    this.lastgood = lastgood;
    this.file = path.join(folder, "shop.db");
  }

  async #prepare(): Promise<void> {
    this.sql("pragma journal_mode=wal;;create table t(a integer primary key, b blob);;create index i on t(b)");
    this.#shopId = await attachFile(this.lastgood, "shop", this.file);
    for (let i = 0; i < 3; i++) {
      const digest = this.sql(
        `insert into t(b) select randomblob(900) from (values (1),(2),(3),(4),(5),(6),(7),(8),(${i}))`,
      );
      const bookmark = await this.newest("shop");
      const { id } = await this.post<{ id: string }>("/databases/shop/snapshots", { label: `state ${i}` });
      this.#states.push({ bookmark, digest, label: id });
    }
  }

  /** Runs SQL, separated by `;;`, as a program of somebody else; the digest of all rows and the schema afterwards. */
  sql(statements: string): string {
    return this.digestOf(this.file, statements);
  }

  digestOf(file: string, statements = ""): string {
    const [digest = "", check] = execFileSync("python3", ["-c", SQL, file, statements], { encoding: "utf8" })
      .trim()
      .split(" ");
    if (check !== "ok") throw new Error(`${file} is damaged: ${check}`);
    return digest;
  }

  /** One more commit of the project. */
  async change(round: number, statement = `insert into t(b) values('${round}')`): Promise<Moment> {
    const digest = this.sql(statement);
    return { digest, bookmark: await this.newest("shop") };
  }

  moment(): Promise<Moment> {
    return this.momentOf("shop", this.file);
  }

  async momentOf(name: string, file: string): Promise<Moment> {
    return { digest: this.digestOf(file), bookmark: await this.newest(name) };
  }

  hostedFile(id: string): string {
    return path.join(runtimePaths(this.lastgood.data).hosted, `${id}.db`);
  }

  /** A preview that stays, made when it is first asked for. */
  async preview(): Promise<string> {
    if (this.#preview !== null) return this.#preview;
    const { id } = await this.restoreV1({ restore_point_id: this.state(0).label, target_kind: "new_preview" });
    const { copy } = await this.ended(id, 60_000);
    if (!copy?.id) throw new Error("there is no preview");
    this.#preview = copy.id;
    return copy.id;
  }

  async remove(name: string): Promise<void> {
    const { status, body } = await callApi(this.lastgood, `/databases/${name}`, { method: "DELETE" });
    if (status !== 204) throw new Error(`${name} was not removed: ${JSON.stringify(body)}`);
  }

  states(): readonly LabelledMoment[] {
    return this.#states;
  }

  /** One of the states that it was in. */
  state(index: number): LabelledMoment {
    const state = this.#states[index % this.#states.length];
    if (!state) throw new Error("there are states");
    return state;
  }

  async newest(name: string): Promise<string> {
    const answer = await callApi<{ bookmark: string }>(this.lastgood, `/databases/${name}/bookmark`);
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body));
    return answer.body.bookmark;
  }

  /** Asks for something that is queued, below the namespace. */
  post<T>(route: string, body: object): Promise<T> {
    return this.#send<T>(`/api/namespaces/${this.lastgood.namespace}${route}`, body);
  }

  restoreV1(body: object): Promise<{ id: string }> {
    return this.#send(`/v1/projects/${this.#shopId}/restores`, body);
  }

  /** A backup of a state that is not the present one for long, made when it is first asked for. */
  async backup(kind: "physical" | "portable"): Promise<Moment & { key: string }> {
    const made = this.#backups.get(kind);
    if (made) return made;
    const moment = await this.change(0, `insert into t(b) values('${kind}')`);
    type Backup = { id: string; key: string | null; status: string };
    const { id } = await this.#send<Backup>(`/v1/projects/${this.#shopId}/backups`, { kind });
    for (const endMs = performance.now() + 60_000; performance.now() < endMs; await sleep(4 * LOOK_MS)) {
      const { body } = await callApi<Backup>(this.lastgood, `/databases/shop/backups/${id}`);
      if (body.status === "failed") throw new Error(`the backup failed: ${JSON.stringify(body)}`);
      if (body.key === null) continue;
      const backup = { ...moment, key: body.key };
      this.#backups.set(kind, backup);
      return backup;
    }
    throw new Error("the backup did not complete");
  }

  cutoverV1(previewId: string): Promise<{ id: string }> {
    const body = { preview_id: previewId, confirm_project_overwrite: true };
    return this.#send(`/v1/projects/${this.#shopId}/cutover`, body);
  }

  async #send<T>(address: string, body: object): Promise<T> {
    const { url, token } = this.lastgood;
    const answer = await fetch(`${url}${address}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json", prefer: "respond-async" },
      body: JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${address} was answered ${answer.status}: ${text}`);
    return JSON.parse(text) as T;
  }

  arm(order: Order): void {
    for (const name of ["go", "taken", "reached"]) rmSync(path.join(this.#folder, name), { force: true });
    writeFileSync(path.join(this.#folder, "armed.new"), JSON.stringify(order));
    renameSync(path.join(this.#folder, "armed.new"), path.join(this.#folder, "armed"));
  }

  /** Waits until a process came to the point. False: none did in time. */
  async reached(withinMs: number): Promise<boolean> {
    const reached = path.join(this.#folder, "reached");
    for (const endMs = performance.now() + withinMs; !existsSync(reached); await sleep(LOOK_MS)) {
      if (performance.now() < endMs) continue;
      rmSync(path.join(this.#folder, "armed"), { force: true });
      return existsSync(reached);
    }
    return true;
  }

  /** Lets whoever stands go on. */
  go(): void {
    writeFileSync(path.join(this.#folder, "go"), "");
  }

  /** Kills a process of the running Lastgood; the supervisor's death ends all of them, and everything is started anew. */
  async kill(victim: Exclude<Victim, "self">, goesOn: () => void): Promise<void> {
    const { lastgood } = this;
    if (victim === "supervisor") {
      const pids = this.pids();
      const supervisor = readSupervisorRecord(path.join(runtimePaths(lastgood.data).run, "supervisor.json"))?.pid ?? 0;
      process.kill(supervisor, "SIGKILL");
      goesOn();
      await lastgood.kill();
      while (pids.some(isThere)) await sleep(LOOK_MS);
      this.lastgood = await this.#again();
      return;
    }
    const pid = lastgood.pidOf(victim);
    if (pid !== null) process.kill(pid, "SIGKILL");
    goesOn();
  }

  pids(): number[] {
    const names = ["console", "agent", "reader", "keeper-a", "keeper-b"];
    return names.flatMap((name) => this.lastgood.pidOf(name) ?? []);
  }

  async #again(): Promise<StartedLastgood> {
    const { data, token, owner, namespace } = this.lastgood;
    const started = await startLastgood({ data, env: this.#env, initialised: false });
    return { ...started, token, owner, namespace };
  }

  /** The restore as its ledger has it, once it has ended; the console may be away meanwhile. */
  async ended(restoreId: string, withinMs: number): Promise<RestoreView> {
    let last: unknown = null;
    for (const endMs = performance.now() + withinMs; performance.now() < endMs; await sleep(4 * LOOK_MS)) {
      try {
        const { status, body } = await callApi<RestoreView>(this.lastgood, `/databases/shop/restores/${restoreId}`);
        last = body;
        if (status === 200 && body.status !== "queued" && body.status !== "running") return body;
      } catch (error) {
        last = error;
      }
    }
    throw new Error(`the restore did not end: ${last instanceof Error ? last.message : JSON.stringify(last)}`);
  }

  /** Waits until everything captures again. */
  async protected(): Promise<void> {
    await this.lastgood.ready(60_000);
    type View = { state: string; capture: { state: string; spare: boolean } | null };
    for (const endMs = performance.now() + 60_000; ; await sleep(2 * LOOK_MS)) {
      const { body } = await callApi<View>(this.lastgood, "/databases/shop");
      if (body.state === "active" && body.capture?.state === "protected" && body.capture.spare) return;
      if (performance.now() > endMs) throw new Error(`not protected again: ${JSON.stringify(body)}`);
    }
  }

  /** Whatever should not be there: files of restores, hooks that still run, a write lock that is still held. */
  leftovers(): string[] {
    const { temporary, hosted, uploads, history } = runtimePaths(this.lastgood.data);
    const restores = path.join(temporary, "restores");
    const found = readdirSync(path.join(temporary, "fetched-backups")).map((name) => `fetched-backups/${name}`);
    for (const name of readdirSync(restores)) {
      if (name.startsWith("content-")) {
        // Whoever reads a plan next is given it: it goes with its process, by its owner's name.
        if (!isThere(Number(name.split("-")[1]))) found.push(`restores/${name}`);
        continue;
      }
      const odd = readdirSync(path.join(restores, name)).filter((file) => !/^(.*\.json|turn\.db.*)$/.test(file));
      found.push(...odd.map((file) => `restores/${name}/${file}`));
    }
    const known = this.#knownIds();
    for (const name of readdirSync(hosted)) if (!known.has(name.split(".")[0] ?? "")) found.push(`databases/${name}`);
    for (const name of readdirSync(history)) if (!known.has(name)) found.push(`history/${name}`);
    found.push(...readdirSync(uploads));
    const hookPids = path.join(this.#folder, "hook-pids");
    const hooks = existsSync(hookPids) ? readFileSync(hookPids, "utf8").trim().split("\n").map(Number) : [];
    found.push(...hooks.filter(isThere).map((pid) => `hook ${pid}`));
    const probed = JSON.parse(execFileSync("python3", [PROBE, this.file], { encoding: "utf8" })) as {
      samples: { writer: number | null }[];
    };
    const writer = probed.samples[0]?.writer ?? null;
    if (writer !== null && !this.pids().includes(writer)) found.push(`write lock held by ${writer}`);
    return found;
  }

  /** Databases whose files belong there: those that are, and those that can still be brought back. */
  #knownIds(): Set<string> {
    const script = `import sqlite3,sys,json
print(json.dumps([i for (i,) in sqlite3.connect(sys.argv[1]).execute('select id from "Database" where "purgedAtMs" is null')]))`;
    const metadata = path.join(this.lastgood.data, "lastgood.db");
    return new Set(JSON.parse(execFileSync("python3", ["-c", script, metadata], { encoding: "utf8" })) as string[]);
  }

  async gaps(): Promise<number> {
    return (await callApi<{ gaps: unknown[] }>(this.lastgood, "/databases/shop/window")).body.gaps.length;
  }

  /** @param isKept leaves the files for whoever looks for the cause */
  async close(isKept = false): Promise<void> {
    this.go();
    if (isKept) {
      await this.lastgood.stop();
      process.stdout.write(`kept: ${this.lastgood.data} ${this.#folder}\n`);
      return;
    }
    await this.lastgood.remove();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** The number of a bookmark's commit. */
export function txidOf(bookmark: string): number {
  return parseBookmark(bookmark)?.txid ?? -1;
}

function isThere(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
