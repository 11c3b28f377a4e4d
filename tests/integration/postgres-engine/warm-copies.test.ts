import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, afterEach, beforeAll, expect, it, vi } from "vitest";
import type { Bookmark } from "../../../lib/domain/bookmark.ts";
import type { ProtectedDatabase, Run } from "../../../lib/engines/engine.ts";
import type { KeptBase } from "../../../lib/engines/postgres/bases/base-record.ts";
import { WarmCopies } from "../../../lib/engines/postgres/recovery/warm-copies.ts";
import { RawCluster } from "../../world/raw-cluster.ts";

let cluster: RawCluster;
let base: KeptBase;
let copies: WarmCopies;
let made = 0;
/** A server and its folder may take a while to go on a busy machine. */
const PATIENT = { timeout: 30_000 };
const db: ProtectedDatabase = {
  id: "d1",
  name: "shop",
  engine: "postgres",
  origin: "hosted",
  path: "/nowhere",
  windowDays: 7,
};
const at = (name: string) => name as Bookmark;
const run: Run = { signal: new AbortController().signal, progress: () => undefined };

beforeAll(async () => {
  cluster = await RawCluster.start();
  base = await cluster.base();
  await cluster.received();
  copies = new WarmCopies((_db, _at, id, { signal }) => {
    made++;
    return cluster.recover(
      cluster.planOf(base, "immediate"),
      { folder: path.join(cluster.folder, "clusters", "work", `${id}${randomBytes(2).toString("hex")}`) },
      signal,
    );
  });
});
afterEach(async () => {
  vi.useRealTimers();
  await copies.drop(null);
  made = 0;
});
afterAll(() => cluster.remove());

it("A state is made once for all who look at it, and kept for the next one", async () => {
  const [one, two] = await Promise.all([copies.open(db, at("a"), run), copies.open(db, at("a"), run)]);
  expect(one.server).toBe(two.server);
  one.done();
  two.done();
  const again = await copies.open(db, at("a"), run);
  expect(again.server).toBe(one.server);
  expect(made).toBe(1);
  again.done();
});

it("Two states are kept when nobody looks; the oldest of three is ended", async () => {
  const opened: string[] = [];
  for (const name of ["a", "b", "c"]) {
    const { server, done } = await copies.open(db, at(name), run);
    done();
    opened.push(server.directory);
  }
  await vi.waitFor(
    () => expect(opened.map((directory) => existsSync(directory))).toEqual([false, true, true]),
    PATIENT,
  );
});

it("A state that nobody has looked at for five minutes is ended; one that is looked at is not", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { server, done } = await copies.open(db, at("a"), run);
  await vi.advanceTimersByTimeAsync(600_000);
  expect(existsSync(server.directory)).toBe(true);
  done();
  await vi.advanceTimersByTimeAsync(299_000);
  expect(existsSync(server.directory)).toBe(true);
  await vi.advanceTimersByTimeAsync(2_000);
  vi.useRealTimers();
  await vi.waitFor(() => expect(existsSync(server.directory)).toBe(false), PATIENT);
});

it("Nobody who still waits ends a state that is being made; the last one to leave does", async () => {
  const [first, second] = [new AbortController(), new AbortController()];
  const one = copies.open(db, at("a"), { ...run, signal: first.signal });
  const two = copies.open(db, at("a"), { ...run, signal: second.signal });
  first.abort(new Error("left"));
  await expect(one).rejects.toThrow("left");
  (await two).done();
  const three = copies.open(db, at("b"), { ...run, signal: second.signal });
  second.abort(new Error("left as well"));
  await expect(three).rejects.toThrow("left as well");
  await copies.drop(null);
  expect(existsSync(path.join(cluster.folder, "clusters", "work")) && made).toBe(2);
});

it("A state whose server has died is made anew for the next one", async () => {
  const { server, done } = await copies.open(db, at("a"), run);
  process.kill(Number(readFileSync(path.join(server.directory, "postmaster.pid"), "utf8").split("\n")[0]), "SIGKILL");
  await vi.waitFor(() => expect(server.isRunning()).toBe(false), PATIENT);
  done();
  const again = await copies.open(db, at("a"), run);
  expect(again.server.isRunning()).toBe(true);
  expect(made).toBe(2);
  again.done();
});

it("Dropping a database ends its states, and no others", async () => {
  const one = await copies.open(db, at("a"), run);
  const other = await copies.open({ ...db, id: "d2" }, at("a"), run);
  await copies.drop("d1");
  expect([one, other].map(({ server }) => existsSync(server.directory))).toEqual([false, true]);
});
