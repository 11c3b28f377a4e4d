import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { requireClusterBookmark } from "../../../lib/domain/cluster-bookmark.ts";
import type { ResolvedMoment } from "../../../lib/domain/moment.ts";
import { incarnationFolders } from "../../../lib/engines/postgres/history/cluster-history.ts";
import { segmentName } from "../../../lib/engines/postgres/history/wal-files.ts";
import { PostgresEngine } from "../../../lib/engines/postgres/postgres-engine.ts";
import { ClusterWorld, type HostedCluster, until } from "../../world/cluster-world.ts";

const SEGMENT_BYTES = 16 * 1024 * 1024;

let world: ClusterWorld;
let cluster: HostedCluster;
let serial = 0;
beforeAll(async () => {
  world = await ClusterWorld.start();
  cluster = await world.host();
  await world.run(cluster.db, "CREATE TABLE kept (a int)");
});
afterAll(async () => world.close());

const folders = () => incarnationFolders(cluster.places.history, 1);
const switchSegment = async () => (await world.connect(cluster.db, "superuser")).query("SELECT pg_switch_wal()");

/** One more row in a segment of its own, and the moment that has it. */
async function insert(): Promise<ResolvedMoment & { a: number }> {
  await world.run(cluster.db, `INSERT INTO kept VALUES (${++serial})`);
  return { ...(await world.engine.current(cluster.db)), a: serial };
}

const look = async (engine: PostgresEngine, { bookmark }: ResolvedMoment) =>
  (await engine.view(cluster.db, { bookmark }, { sql: "SELECT max(a) AS a FROM kept" })).results.at(-1)?.results;

const placeOf = ({ bookmark }: ResolvedMoment) => {
  const lsn = Number(requireClusterBookmark(bookmark).lsn);
  const segment = Math.floor(lsn / SEGMENT_BYTES);
  return { name: segmentName({ timeline: 1, segment }, SEGMENT_BYTES), offset: lsn % SEGMENT_BYTES };
};

function flip(file: string, at: number): void {
  const bytes = readFileSync(file);
  bytes[at] = (bytes[at] ?? 0) ^ 0xff;
  writeFileSync(file, bytes);
}

/** Moments before, amid and after a segment of its own, with a base backup behind it. */
async function surround(): Promise<{ earlier: ResolvedMoment; amid: ResolvedMoment; later: ResolvedMoment }> {
  const earlier = await insert();
  await switchSegment();
  const amid = await insert();
  await switchSegment();
  await insert();
  await world.base(cluster.db);
  const later = await insert();
  return { earlier, amid, later };
}

/** What an agent says that has just been started and knows nothing of earlier questions. */
async function fresh<T>(ask: (engine: PostgresEngine) => Promise<T>): Promise<T> {
  const engine = new PostgresEngine({
    paths: world.paths,
    log: world.log,
    programs: process.env.LASTGOOD_POSTGRES ?? null,
  });
  try {
    return await ask(engine);
  } finally {
    await engine.close();
  }
}

async function expectNamed(engine: PostgresEngine, amid: ResolvedMoment, later: ResolvedMoment): Promise<void> {
  const { damaged } = await engine.window(cluster.db);
  expect(damaged.some(({ fromMs, toMs }) => fromMs <= amid.timeMs && amid.timeMs <= toMs)).toBe(true);
  expect(damaged.some(({ fromMs, toMs }) => fromMs < later.timeMs && later.timeMs < toMs)).toBe(false);
  await expect(engine.resolve(cluster.db, { bookmark: amid.bookmark })).rejects.toMatchObject({
    code: "history_damaged",
  });
}

async function expectTold(engine: PostgresEngine, { earlier, amid, later }: Awaited<ReturnType<typeof surround>>) {
  await expectNamed(engine, amid, later);
  expect(await look(engine, earlier)).toEqual([{ a: (earlier as { a?: number }).a }]);
  expect(await look(engine, later)).toEqual([{ a: (later as { a?: number }).a }]);
}

describe("a received segment that is not what it was", () => {
  it("in the archive stops what needs it, by name, and nothing else", async () => {
    const moments = await surround();
    const { name } = placeOf(moments.amid);
    const file = path.join(folders().archive, `${name}.zst`);
    // Until it is archived for good it is where it was received.
    const isMoved = async () => {
      await world.flush(cluster.db);
      return existsSync(file) && !existsSync(path.join(folders().wal, name));
    };
    expect(await until(isMoved)).toBe(true);
    flip(file, Math.floor(readFileSync(file).length / 2));
    await expect(look(world.engine, moments.amid)).rejects.toMatchObject({
      code: "history_damaged",
      message: expect.stringContaining(name),
    });
    await expectTold(world.engine, moments);
    await insert();
    expect((await world.status(cluster.db)).cluster).toMatchObject({ server: "running", receiver: "streaming" });
  });

  it("while it waits to be archived is not handed out, and set aside rather than archived", async () => {
    const earlier = await insert();
    await switchSegment();
    const amid = await insert();
    const { name, offset } = placeOf(amid);
    // Where its archived form should come lies something else.
    const obstacle = path.join(folders().archive, `${name}.zst.new`);
    mkdirSync(obstacle);
    await switchSegment();
    await insert();
    await world.base(cluster.db);
    const later = await insert();
    const waiting = path.join(folders().wal, name);
    await world.flush(cluster.db);
    expect(existsSync(waiting)).toBe(true);
    flip(waiting, offset + 8);
    await expect(look(world.engine, amid)).rejects.toMatchObject({
      code: "history_damaged",
      message: expect.stringContaining(name),
    });
    await expectNamed(world.engine, amid, later);
    rmdirSync(obstacle);
    const isSetAside = async () => {
      await world.flush(cluster.db);
      return existsSync(`${waiting}.damaged`);
    };
    expect(await until(isSetAside)).toBe(true);
    expect(existsSync(path.join(folders().archive, `${name}.zst`))).toBe(false);
    await fresh((engine) => expectTold(engine, { earlier, amid, later }));
    await insert();
    expect((await world.status(cluster.db)).cluster).toMatchObject({ server: "running", receiver: "streaming" });
  });
});
