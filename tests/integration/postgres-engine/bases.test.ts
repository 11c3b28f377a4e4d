import { createHash } from "node:crypto";
import {
  closeSync,
  cpSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  watch,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { BASE_RECORD, type KeptBase, listBases } from "../../../lib/engines/postgres/bases/base-record.ts";
import { verifyBase } from "../../../lib/engines/postgres/bases/verify-base.ts";
import { checkIndexes } from "../../../lib/engines/postgres/recovery/check-state.ts";
import { visitPoints } from "../../../lib/storage/reach-point.ts";
import { BASE_BACKUP_POINTS } from "../../crash/points/base-backup-points.ts";
import { askRestored, RawCluster } from "../../world/raw-cluster.ts";

let cluster: RawCluster;
let base: KeptBase;
let bases: string;

beforeAll(async () => {
  cluster = await RawCluster.start();
  bases = path.join(cluster.folder, "bases");
  await cluster.sql("CREATE TABLE rows AS SELECT generate_series(1, 1000) AS id; CREATE INDEX by_id ON rows (id)");
  base = await cluster.base();
  await cluster.received();
});
afterAll(() => cluster.remove());
afterEach(() => visitPoints(null));

const counting = () => listBases(bases).map(({ directory }) => directory);

/** A copy of the base in a folder of its own, changed by `change`. */
function changed(name: string, change: (directory: string, record: KeptBase) => void): KeptBase {
  const directory = path.join(cluster.folder, name);
  cpSync(base.directory, directory, { recursive: true });
  const record = { ...structuredClone(base), directory };
  change(directory, record);
  return record;
}

const TAR_BLOCK_BYTES = 512;

/** A copy of the base with other contents, which its record says are what was taken. */
function repacked(name: string, change: (tar: Buffer) => void): KeptBase {
  return changed(name, (directory, record) => {
    const file = path.join(directory, "base.tar.zst");
    const tar = zstdDecompressSync(readFileSync(file));
    change(tar);
    const packed = zstdCompressSync(tar);
    writeFileSync(file, packed);
    const sha256 = createHash("sha256").update(packed).digest("hex");
    for (const one of record.files)
      if (one.name === "base.tar.zst") Object.assign(one, { sha256, sizeBytes: packed.length });
    writeFileSync(path.join(directory, BASE_RECORD), JSON.stringify(record));
  });
}

function flipByte(file: string, at: number): void {
  const bytes = readFileSync(file);
  const fd = openSync(file, "r+");
  writeSync(fd, Buffer.from([(bytes[at] ?? 0) ^ 0xff]), 0, 1, at);
  closeSync(fd);
}

describe("a base backup", () => {
  it("counts once it is whole, and is what was taken", async () => {
    expect(listBases(bases)).toEqual([base]);
    expect(base.files.map(({ name }) => name)).toEqual(["backup_manifest", "base.tar.zst", "pg_wal.tar"]);
    expect(base.clusterBytes).toBeGreaterThan(10 * 1024 * 1024);
    await expect(verifyBase(base)).resolves.toBeUndefined();
  });

  it("of which a byte was changed is named, and nothing is restored from it", async () => {
    const bad = changed("bad-byte", (directory) => flipByte(path.join(directory, "base.tar.zst"), 10_000));
    await expect(verifyBase(bad)).rejects.toMatchObject({
      code: "history_damaged",
      message: expect.stringContaining("base.tar.zst"),
    });
    await expect(cluster.recover(cluster.planOf(bad, "immediate"))).rejects.toMatchObject({ code: "history_damaged" });
    expect(readdirSync(path.join(cluster.folder, "clusters", "work"))).toEqual([]);
  });

  it("that is cancelled leaves nothing that counts", async () => {
    const abort = new AbortController();
    const watcher = watch(bases, () => abort.abort(new Error("enough")));
    await expect(cluster.base(abort.signal)).rejects.toThrow("enough");
    watcher.close();
    expect(readdirSync(bases)).toEqual([path.basename(base.directory)]);
  });

  it.each([...BASE_BACKUP_POINTS, "file.synced"])(
    "that is cut off at %s does not count, and the next one does",
    async (place) => {
      visitPoints((name) => {
        if (name === place) throw new Error(`cut off at ${name}`);
      });
      await expect(cluster.base()).rejects.toThrow("cut off");
      visitPoints(null);
      expect(counting()).toEqual([base.directory]);
      const next = await cluster.base();
      expect(counting()).toEqual([base.directory, next.directory]);
      rmSync(next.directory, { recursive: true });
    },
  );

  it("of a cluster with a tablespace is refused, with what to do", async () => {
    const session = await cluster.client();
    try {
      await session.query("SET allow_in_place_tablespaces = on");
      await session.query("CREATE TABLESPACE elsewhere LOCATION ''");
      await expect(cluster.base()).rejects.toMatchObject({ code: "not_supported" });
      await session.query("DROP TABLESPACE elsewhere");
    } finally {
      await session.end();
    }
    expect(counting()).toEqual([base.directory]);
  });
});

describe("a check", () => {
  it("finds that an unpacked base is not what the server's manifest says, where the packed one is what was kept", async () => {
    const bad = repacked("bad-file", (tar) => tar.write("9", tar.indexOf("PG_VERSION") + TAR_BLOCK_BYTES));
    await expect(verifyBase(bad)).resolves.toBeUndefined();
    await expect(cluster.recover(cluster.planOf(bad, "immediate"), { purpose: "lasting" })).rejects.toMatchObject({
      code: "history_damaged",
      message: expect.stringContaining("PG_VERSION"),
    });
  });

  it("finds a page that is not right in what is unpacked, by the manifest or by the page's own checksum", async () => {
    const [row] = await cluster.sql<{ file: string }>("SELECT pg_relation_filepath('rows') AS file");
    const page = (tar: Buffer) => tar.indexOf(`${row?.file}\0`) + TAR_BLOCK_BYTES;
    const bad = repacked("bad-page", (tar) => tar.writeUInt8((tar[page(tar) + 5_000] ?? 0) ^ 0xff, page(tar) + 5_000));
    // Where pages have no checksums nobody would find it later.
    const bare = { ...bad, pageChecksums: false };
    await expect(cluster.recover(cluster.planOf(bare, "immediate"), { purpose: "lasting" })).rejects.toMatchObject({
      code: "history_damaged",
      message: expect.stringContaining(row?.file ?? ""),
    });
    const server = await cluster.recover(cluster.planOf(bad, "immediate"), { purpose: "lasting" });
    try {
      await expect(server.stop()).rejects.toMatchObject({
        code: "restore_failed",
        message: expect.stringContaining(row?.file ?? ""),
      });
    } finally {
      await server.discard();
    }
  });

  it("refuses a base whose manifest was changed, and one of which the archive breaks off, each by name", async () => {
    const other = changed("bad-manifest", (directory) => flipByte(path.join(directory, "backup_manifest"), 500));
    const cut = changed("cut-archive", (directory) => truncateSync(path.join(directory, "base.tar.zst"), 200_000));
    for (const [bad, name] of [
      [other, "backup_manifest was changed"],
      [cut, "base.tar.zst was changed"],
    ] as const) {
      await expect(cluster.recover(cluster.planOf(bad, "immediate"))).rejects.toMatchObject({
        code: "history_damaged",
        message: expect.stringContaining(name),
      });
    }
  });

  it("finds a page that changed on the disk of what is to serve; a whole state passes all of them", async () => {
    const server = await cluster.recover(cluster.planOf(base, "immediate"), { purpose: "lasting" });
    try {
      expect(server.forkLsn).toBe(base.stopLsn);
      const [row] = await askRestored<{ file: string }>(server, "SELECT pg_relation_filepath('rows') AS file");
      await server.stop();
      expect(server.checks).toMatchObject([
        { check: "manifest", outcome: "passed", read: { unit: "file" } },
        { check: "commit", outcome: "passed", read: null },
        { check: "pages", outcome: "passed", read: { unit: "page" } },
      ]);
      for (const { read } of server.checks) expect(read?.count ?? 1000).toBeGreaterThan(900);
      flipByte(path.join(server.directory, row?.file ?? ""), 5_000);
      await expect(server.stop()).rejects.toMatchObject({ code: "restore_failed" });
    } finally {
      await server.discard();
    }
  });

  it("finds an index whose order is wrong, and leaves nothing of itself", async () => {
    const server = await cluster.recover(cluster.planOf(base, "immediate"));
    try {
      const body = (sign: string) =>
        `CREATE OR REPLACE FUNCTION public.by(int4, int4) RETURNS int4 LANGUAGE sql IMMUTABLE AS 'SELECT ${sign} btint4cmp($1, $2)'`;
      const operators = "OPERATOR 1 <, OPERATOR 2 <=, OPERATOR 3 =, OPERATOR 4 >=, OPERATOR 5 >";
      await askRestored(
        server,
        `${body("+")}; CREATE OPERATOR CLASS public.ours FOR TYPE int4 USING btree AS ${operators}, FUNCTION 1 public.by(int4, int4);
         CREATE INDEX ours ON rows (id public.ours)`,
      );
      expect(await checkIndexes(server)).toMatchObject({ read: { count: expect.any(Number), unit: "relation" } });
      await askRestored(server, body("-"));
      await expect(checkIndexes(server)).rejects.toMatchObject({ code: "restore_failed" });
      expect(await askRestored(server, "SELECT extname FROM pg_extension WHERE extname = 'amcheck'")).toEqual([]);
    } finally {
      await server.discard();
    }
  });
});
