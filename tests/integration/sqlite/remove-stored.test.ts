import { randomUUID } from "node:crypto";
import { existsSync, linkSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Run } from "../../../lib/engines/engine.ts";
import { removeStored } from "../../../lib/engines/sqlite/remove-stored.ts";

let folder: string;
let places: { history: string; hosted: string };
let id: string;

beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "remove-"));
  places = { history: path.join(folder, "history"), hosted: path.join(folder, "databases") };
  for (const place of [...Object.values(places), path.join(folder, "precious")]) mkdirSync(place);
  writeFileSync(path.join(folder, "precious", "app.db"), "precious");
  id = randomUUID();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const run: Run = { signal: new AbortController().signal, progress: () => undefined };
const precious = () => existsSync(path.join(folder, "precious", "app.db"));

function addHistory(): string {
  const directory = path.join(places.history, id);
  mkdirSync(path.join(directory, "damaged-history-1"), { recursive: true });
  for (const name of ["segment-1.sealed", "mirror.db", "damaged-history-1/base.db"]) {
    writeFileSync(path.join(directory, name), "12345");
  }
  return directory;
}

function addHosted(): string {
  const file = path.join(places.hosted, `${id}.db`);
  for (const end of ["", "-wal", "-shm"]) writeFileSync(`${file}${end}`, "12345");
  return file;
}

describe("what is kept of a database", () => {
  test("is removed as a whole, its history with what was set aside and its hosted file, and nothing beside it", () => {
    addHistory();
    addHosted();
    const neighbour = path.join(places.hosted, `${randomUUID()}.db`);
    writeFileSync(neighbour, "x");
    mkdirSync(path.join(places.history, `${id}0`));
    expect(removeStored(id, places, run)).toEqual({ files: 6, bytes: 30 });
    expect(readdirSync(places.history)).toEqual([`${id}0`]);
    expect(readdirSync(places.hosted)).toEqual([path.basename(neighbour)]);
    expect(removeStored(id, places, run)).toEqual({ files: 0, bytes: 0 });
  });

  test("is removed to the end by a second run when the first broke off", () => {
    const directory = addHistory();
    addHosted();
    const stopping = new AbortController();
    const broken: Run = {
      signal: stopping.signal,
      progress: (_, done) => done === 2 && stopping.abort(new Error("stop")),
    };
    expect(() => removeStored(id, places, broken)).toThrow("stop");
    expect(existsSync(directory)).toBe(true);
    expect(removeStored(id, places, run).files).toBe(4);
    expect([...readdirSync(places.history), ...readdirSync(places.hosted)]).toEqual([]);
  });

  test("is not looked for behind a link: a history that is one is refused, and what it leads to stays", () => {
    symlinkSync(path.join(folder, "precious"), path.join(places.history, id));
    expect(() => removeStored(id, places, run)).toThrow(/not what Lastgood put there/);
    expect(precious()).toBe(true);
  });

  test("loses a link that lies in its history, and not what the link leads to", () => {
    const directory = addHistory();
    symlinkSync(path.join(folder, "precious"), path.join(directory, "segment-2.sealed"));
    symlinkSync(path.join(folder, "precious", "app.db"), path.join(directory, "segment-3.sealed"));
    removeStored(id, places, run);
    expect(existsSync(directory)).toBe(false);
    expect(precious()).toBe(true);
  });

  test("is not a hosted file that is a link or a folder", () => {
    const file = path.join(places.hosted, `${id}.db`);
    symlinkSync(path.join(folder, "precious", "app.db"), file);
    expect(() => removeStored(id, places, run)).toThrow(/not what Lastgood put there/);
    rmSync(file);
    mkdirSync(file);
    expect(() => removeStored(id, places, run)).toThrow(/not what Lastgood put there/);
    expect(precious()).toBe(true);
  });

  test("costs another name of the same file nothing", () => {
    linkSync(path.join(folder, "precious", "app.db"), path.join(places.hosted, `${id}.db`));
    removeStored(id, places, run);
    expect(precious()).toBe(true);
  });

  test("is left alone when there is more of it than a history has", () => {
    const directory = addHistory();
    mkdirSync(path.join(directory, "a", "b", "c"), { recursive: true });
    writeFileSync(path.join(directory, "a", "b", "c", "deep"), "x");
    expect(() => removeStored(id, places, run)).toThrow(/more than a history/);
    expect(existsSync(path.join(directory, "a", "b", "c", "deep"))).toBe(true);
  });

  test.each(["..", "../precious", "", ".", "a/b", "%2e%2e"])("is named by an id and never by %j", (name) => {
    expect(() => removeStored(name, places, run)).toThrow(/assumption|named by an id/);
    expect(precious()).toBe(true);
  });
});
