import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { type ListedFile, listManifest } from "../../../lib/engines/postgres/bases/list-manifest.ts";
import { startChecksum } from "../../../lib/engines/postgres/recovery/listed-checksum.ts";
import { TarUnpacker } from "../../../lib/engines/postgres/recovery/tar-unpacker.ts";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function newFolder(): string {
  const folder = mkdtempSync(path.join(tmpdir(), "unpack-"));
  folders.push(folder);
  return folder;
}

const FILES: Readonly<Record<string, Buffer>> = {
  PG_VERSION: Buffer.from("15\n"),
  "base/5/1259": Buffer.alloc(8192, 3),
  "base/5/16384": Buffer.alloc(300_000, 7),
  "global/1262": Buffer.alloc(0),
  "postgresql.conf": Buffer.alloc(511, "x"),
  "pg_xact/0000": Buffer.alloc(512, 9),
};

/** What GNU tar makes of these files and an empty folder. */
function pack(files: Readonly<Record<string, Buffer>>, also: (folder: string) => void = () => undefined): Buffer {
  const folder = newFolder();
  mkdirSync(path.join(folder, "pg_notify"));
  for (const [name, bytes] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(folder, name)), { recursive: true });
    writeFileSync(path.join(folder, name), bytes);
  }
  also(folder);
  return execFileSync("tar", ["--format=ustar", "-C", folder, "-cf", "-", "."], { maxBuffer: 2 ** 24 });
}

function listOf(files: Readonly<Record<string, Buffer>>): Map<string, ListedFile> {
  const rows = Object.entries(files).map(([name, bytes]): [string, ListedFile] => {
    const checksum = createHash("sha256").update(bytes).digest("hex");
    return [name, { sizeBytes: bytes.length, algorithm: "SHA256", checksum }];
  });
  return new Map(rows);
}

async function unpack(
  tar: Buffer,
  listed: Map<string, ListedFile> | null,
  also: { pieces?: number[]; pages?: boolean },
) {
  const folder = newFolder();
  const unpacker = new TarUnpacker(folder, { listed, pagesAreChecked: also.pages ?? false });
  try {
    const { pieces = [] } = also;
    let at = 0;
    for (const bytes of pieces) {
      await unpacker.take(tar.subarray(at, at + bytes));
      at += bytes;
    }
    await unpacker.take(tar.subarray(at));
    await unpacker.end();
  } finally {
    await unpacker.abandon();
  }
  return folder;
}

const changed = (name: string, change: (bytes: Buffer) => Buffer) => ({
  ...FILES,
  [name]: change(Buffer.from(FILES[name] ?? Buffer.alloc(0))),
});

function flipped(bytes: Buffer): Buffer {
  bytes[5] = (bytes[5] ?? 0) ^ 0xff;
  return bytes;
}

describe("unpacking", () => {
  it("gives back every file and folder, in whichever pieces the archive comes", async () => {
    const tar = pack(FILES);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 70_000 }), { maxLength: 12 }), async (pieces) => {
        const folder = await unpack(tar, listOf(FILES), { pieces });
        const found = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
        expect(found).toHaveLength(Object.keys(FILES).length);
        for (const [name, bytes] of Object.entries(FILES))
          expect(readFileSync(path.join(folder, name)).equals(bytes)).toBe(true);
        expect(existsSync(path.join(folder, "pg_notify"))).toBe(true);
      }),
      { numRuns: 20 },
    );
  });

  it.each([
    ["that is shorter than it is listed", changed("pg_xact/0000", (bytes) => bytes.subarray(1)), "511 bytes, and 512"],
    ["of which a byte differs", changed("pg_xact/0000", flipped), "pg_xact/0000 is not what its manifest says"],
    ["of pages of which a byte differs", changed("base/5/16384", flipped), "base/5/16384 is not what"],
    ["that is not listed", { ...FILES, more: Buffer.from("x") }, "more, which its manifest does not know"],
  ])("ends at a file %s, and names it", async (_, files, words) => {
    await expect(unpack(pack(files), listOf(FILES), {})).rejects.toThrow(words);
    await expect(unpack(pack(files), listOf(files), {})).resolves.toBeTruthy();
  });

  it("leaves pages alone, and nothing else, to whoever checks them", async () => {
    await expect(unpack(pack(changed("base/5/16384", flipped)), listOf(FILES), { pages: true })).resolves.toBeTruthy();
    const shorter = changed("base/5/16384", (bytes) => bytes.subarray(8192));
    await expect(unpack(pack(shorter), listOf(FILES), { pages: true })).rejects.toThrow("base/5/16384 has");
    for (const name of ["postgresql.conf", "pg_xact/0000"]) {
      await expect(unpack(pack(changed(name, flipped)), listOf(FILES), { pages: true })).rejects.toThrow(name);
    }
  });

  it("misses a listed file that the archive does not hold, and the end of one that breaks off", async () => {
    const { PG_VERSION: _, ...fewer } = FILES;
    await expect(unpack(pack(fewer), listOf(FILES), {})).rejects.toThrow("it lacks PG_VERSION");
    const tar = pack(FILES);
    await expect(unpack(tar.subarray(0, 100_000), listOf(FILES), {})).rejects.toThrow("it breaks off");
  });

  it("follows and makes no link, and leaves its folder by no name", async () => {
    const linked = pack(FILES, (folder) => symlinkSync("/etc", path.join(folder, "elsewhere")));
    await expect(unpack(linked, null, {})).rejects.toThrow("neither file nor directory");
    const outside = renamed(pack(FILES), "./PG_VERSION", "../PG_ABOVE");
    await expect(unpack(outside, null, {})).rejects.toThrow("outside of itself");
    await expect(unpack(renamed(pack(FILES), "./PG_VERSION", "/PG_VERSION"), null, {})).rejects.toThrow("outside");
    const damaged = pack(FILES);
    damaged[damaged.indexOf("PG_VERSION")] = "Q".charCodeAt(0);
    await expect(unpack(damaged, null, {})).rejects.toThrow("a header is damaged");
  });
});

/** Another name in a header, with the header's sum made right. */
function renamed(tar: Buffer, from: string, to: string): Buffer {
  const at = tar.indexOf(`${from}\0`);
  tar.fill(0, at, at + 100);
  tar.write(to, at);
  tar.fill(" ", at + 148, at + 156);
  const sum = tar.subarray(at, at + 512).reduce((total, byte) => total + byte, 0);
  tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, at + 148);
  return tar;
}

describe("a manifest's checksums", () => {
  it("are computed as PostgreSQL writes them", () => {
    // The check value of CRC-32C is E3069283; https://reveng.sourceforge.io/crc-catalogue/17plus.htm
    const crc = startChecksum("CRC32C");
    crc?.update(Buffer.from("12345"));
    crc?.update(Buffer.from("6789"));
    expect(crc?.hex()).toBe("839206e3");
    expect(startChecksum("SHA256")?.hex()).toBe(createHash("sha256").digest("hex"));
    expect(startChecksum("NONE")).toBeNull();
  });

  it("are listed by the bytes of names, and an entry that cannot be read is refused", () => {
    const file = { Size: 3, "Checksum-Algorithm": "SHA256", Checksum: "AB" };
    const manifest = (...Files: unknown[]) => Buffer.from(JSON.stringify({ Files }));
    const listed = listManifest(manifest({ Path: "é", ...file }, { "Encoded-Path": "ff41", ...file }));
    const same = { sizeBytes: 3, algorithm: "SHA256", checksum: "ab" };
    expect([...listed]).toEqual([
      [Buffer.from("é").toString("latin1"), same],
      ["ÿA", same],
    ]);
    expect(() => listManifest(manifest({ ...file }))).toThrow("cannot be read");
    expect(() => listManifest(manifest({ Path: "a", ...file, Size: -1 }))).toThrow("cannot be read");
    expect(() => listManifest(Buffer.from("{}"))).toThrow("lists no files");
  });
});
