import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { ProtectedDatabase } from "../../../lib/engines/engine.ts";
import { RegisteredDatabases } from "../../../lib/engines/sqlite/registered-databases.ts";
import { readRegistry } from "../../../lib/engines/sqlite/registry.ts";
import { type Disk, realDisk, useDisk } from "../../../lib/storage/disk.ts";

let folder: string;
let file: string;
let registered: RegisteredDatabases;
let repair: () => void;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "registered-"));
  file = path.join(folder, "capture.json");
  registered = new RegisteredDatabases(
    file,
    (id) => path.join(folder, id),
    () => undefined,
  );
  repair = () => undefined;
  registered.replaceAll([database("shop")]);
});
afterEach(() => {
  repair();
  rmSync(folder, { recursive: true });
});

const database = (id: string) => ({ id, path: `/${id}.db`, origin: "attached", windowDays: 30 }) as ProtectedDatabase;
const captured = () => readRegistry(file).databases.map(({ id }) => id);

/** One call of a kind that fails, the `nth`; those behind it succeed. */
function failOnce(call: "openSync" | "fsyncSync", nth = 1): void {
  let calls = 0;
  const failing = (...args: unknown[]) => {
    if (++calls === nth) throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
    return (realDisk[call] as (...args: unknown[]) => unknown)(...args);
  };
  repair = useDisk({ [call]: failing } as Partial<Disk>);
}

test.each([
  ["openSync", 1],
  ["fsyncSync", 1],
  // The folder's, behind the rename: by then the file names none.
  ["fsyncSync", 2],
] as const)(
  "what is captured outlives a pause and a resume of which %s %i fails, and a repeat does them",
  (call, nth) => {
    failOnce(call, nth);
    expect(() => registered.pause(true)).toThrow();
    registered.pause(true);
    expect([captured(), registered.all().map(({ id }) => id)]).toEqual([[], ["shop"]]);
    registered.add(database("people"));
    expect(captured()).toEqual([]);
    repair();
    failOnce(call, nth);
    expect(() => registered.pause(false)).toThrow();
    expect(registered.all()).toHaveLength(2);
    registered.pause(false);
    expect(captured()).toEqual(["shop", "people"]);
    registered.remove("shop");
    expect(captured()).toEqual(["people"]);
  },
);

test("a pause that failed and is not wanted any more leaves all captured", () => {
  failOnce("fsyncSync", 2);
  expect(() => registered.pause(true)).toThrow();
  registered.pause(false);
  expect(captured()).toEqual(["shop"]);
});

test("an attached file in the folder of hosted ones counts as hosted: that folder is ours, and may lie behind a link", () => {
  const sample = database("sample");
  const inOwn = new RegisteredDatabases(
    file,
    (id) => path.join(folder, id),
    () => undefined,
    path.dirname(sample.path),
  );
  inOwn.replaceAll([sample, { ...database("shop"), path: "/srv/shop.db" }]);
  expect(readRegistry(file).databases.map(({ id, origin }) => [id, origin])).toEqual([
    ["sample", "hosted"],
    ["shop", "attached"],
  ]);
});
