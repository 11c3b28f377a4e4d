import { mkdtempSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, expect, test } from "vitest";
import { disk } from "../../../lib/storage/disk.ts";
import { FaultyDisk, PowerIsOff } from "./faulty-disk.ts";
import { DROP_ALL, seededChance, seededRandom } from "./unsynced-file.ts";

let faulty: FaultyDisk | null = null;
afterEach(() => faulty?.remove());

function newDisk(): { root: string; faulty: FaultyDisk } {
  const root = realpathSync(mkdtempSync(path.join(tmpdir(), "faulty-")));
  faulty = new FaultyDisk(root).install();
  return { root, faulty };
}

const contents = (root: string) =>
  Object.fromEntries(
    readdirSync(root, { recursive: true })
      .map(String)
      .sort()
      .map((name) => [
        name,
        statSync(path.join(root, name)).isFile() ? readFileSync(path.join(root, name), "hex") : "dir",
      ]),
  );

/** Random calls of every kind that changes something; each file that is synced is noted with its content then. */
function runAtRandom(root: string, seed: number): { synced: Map<string, string>; unsyncedNames: Set<string> } {
  const random = seededRandom(seed);
  const pick = (below: number) => Math.floor(random() * below);
  const synced = new Map<string, string>();
  const unsyncedNames = new Set<string>();
  const nameOf = (i: number) => path.join(root, `file-${i}`);
  const isThere = (file: string) => disk.existsSync(file);
  for (let step = 0; step < 60; step++) {
    const file = nameOf(pick(4));
    const kind = pick(8);
    if (kind === 0 && isThere(file)) {
      const to = nameOf(pick(4));
      disk.renameSync(file, to);
      for (const name of [file, to]) {
        synced.delete(name);
        unsyncedNames.add(name);
      }
      continue;
    }
    if (kind === 1 && isThere(file)) {
      disk.rmSync(file);
      synced.delete(file);
      unsyncedNames.add(file);
      continue;
    }
    if (!isThere(file)) unsyncedNames.add(file);
    const fd = disk.openSync(file, isThere(file) ? "r+" : "w+", 0o600);
    synced.delete(file);
    if (kind === 2) disk.ftruncateSync(fd, pick(3000));
    else disk.writeSync(fd, Buffer.alloc(1 + pick(2000), 1 + pick(255)), 0, undefined, pick(2000));
    if (kind >= 5) {
      disk.fdatasyncSync(fd);
      synced.set(file, readFileSync(file, "hex"));
    }
    disk.closeSync(fd);
    if (kind === 7) {
      const directory = disk.openSync(root, "r");
      disk.fsyncSync(directory);
      disk.closeSync(directory);
      unsyncedNames.clear();
    }
  }
  return { synced, unsyncedNames };
}

test("with everything kept, a power loss leaves every file as it was", () => {
  for (let seed = 1; seed <= 60; seed++) {
    const world = newDisk();
    runAtRandom(world.root, seed);
    const before = contents(world.root);
    world.faulty.losePower(null);
    expect(contents(world.root), `seed ${seed}`).toEqual(before);
    world.faulty.remove();
  }
});

test("with everything dropped, a power loss leaves what was synced last, under names that were synced", () => {
  let compared = 0;
  for (let seed = 1; seed <= 60; seed++) {
    const world = newDisk();
    const { synced, unsyncedNames } = runAtRandom(world.root, seed);
    world.faulty.losePower(DROP_ALL);
    for (const [file, hex] of synced) {
      if (unsyncedNames.has(file)) continue;
      compared++;
      expect(readFileSync(file, "hex"), `seed ${seed}, ${file}`).toBe(hex);
    }
    world.faulty.remove();
  }
  expect(compared).toBeGreaterThan(20);
});

test("by chance, what was synced is there under every seed, and sectors are old, new or zero", () => {
  const outcomes = new Set<string>();
  for (let seed = 1; seed <= 100; seed++) {
    const world = newDisk();
    const file = path.join(world.root, "file");
    const fd = disk.openSync(file, "w", 0o600);
    disk.writeSync(fd, Buffer.alloc(1536, "a"), 0, 1536, 0);
    disk.fsyncSync(fd);
    const directory = disk.openSync(world.root, "r");
    disk.fsyncSync(directory);
    disk.writeSync(fd, Buffer.alloc(1536, "b"), 0, 1536, 1024);
    world.faulty.losePower(seededChance(seed));
    const content = readFileSync(file);
    expect(content.subarray(0, 1024).every((byte) => byte === 97)).toBe(true);
    const sectors = [];
    for (let at = 1024; at < content.length; at += 512) {
      const kinds = new Set(content.subarray(at, at + 512));
      expect(kinds.size).toBe(1);
      sectors.push([...kinds][0]);
    }
    outcomes.add(sectors.join());
    world.faulty.remove();
  }
  expect([...outcomes]).toEqual(expect.arrayContaining(["97", "98,98,98", "97,98,98", "98"]));
  expect([...outcomes].some((outcome) => outcome.includes("0,98"))).toBe(true);
});

test("after a failed sync what is read back is newer than what the disk holds, and the next sync changes nothing", () => {
  const { root, faulty: broken } = newDisk();
  const file = path.join(root, "file");
  const fd = disk.openSync(file, "w", 0o600);
  disk.writeSync(fd, Buffer.from("first"), 0, 5, 0);
  disk.fsyncSync(fd);
  const directory = disk.openSync(root, "r");
  disk.fsyncSync(directory);
  disk.writeSync(fd, Buffer.from("other"), 0, 5, 0);
  broken.trouble = (call) => (call.name === "fdatasyncSync" ? { code: "EIO" } : null);
  expect(() => disk.fdatasyncSync(fd)).toThrow("EIO");
  broken.trouble = () => null;
  disk.fdatasyncSync(fd);
  expect(readFileSync(file, "utf8")).toBe("other");
  broken.losePower(DROP_ALL);
  expect(readFileSync(file, "utf8")).toBe("first");
});

test("it counts the calls to its own files alone, and nothing works while the power is off", async () => {
  const { root, faulty: counted } = newDisk();
  const outside = realpathSync(mkdtempSync(path.join(tmpdir(), "outside-")));
  disk.writeFileSync(path.join(outside, "other"), "x");
  const fd = disk.openSync(path.join(root, "file"), "w", 0o600);
  disk.writeSync(fd, Buffer.from("content"), 0, 7, null);
  expect(counted.calls.map(({ key }) => key)).toEqual(["openSync file #1", "writeSync file #1"]);
  counted.trouble = (call) => (call.name === "fdatasync" ? "cut" : { short: true });
  expect(disk.writeSync(fd, Buffer.from("content"), 0, 7, null)).toBe(3);
  await expect(disk.fdatasync(fd)).rejects.toThrow(PowerIsOff);
  expect(() => disk.statSync(path.join(root, "file"))).toThrow(PowerIsOff);
  expect(disk.existsSync(path.join(outside, "other"))).toBe(true);
  disk.closeSync(fd);
  expect(counted.openFiles).toEqual([]);
});
