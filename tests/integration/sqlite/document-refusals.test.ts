import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, describe, expect, test } from "vitest";
import { DOCUMENT_LIMITS } from "../../../lib/engines/json/document-limits.ts";
import { readDocument } from "../../../lib/engines/json/read-document.ts";
import { DocumentWorld } from "./document-world.ts";

const world = new DocumentWorld();
afterAll(() => world.close());

const SCHEMA = `CREATE TABLE people (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE orders (id INTEGER PRIMARY KEY, person REFERENCES people (id), total)`;
const FILL = "INSERT INTO people VALUES (1, 'Ada'), (2, 'Bob'); INSERT INTO orders VALUES (1, 1, 9.5), (2, 2, 3)";

type Manifest = {
  tables: { name: string; rows: number; columns: { name: string }[] }[];
  schema: string;
  totalRows: number;
};

/** A document as somebody who knows the format would forge it: with a hash that is right. */
function forge(document: string, change: (text: string) => string): string {
  const text = change(readFileSync(document, "utf8")).replace(
    /sha256:[0-9a-f]{64}"\},\n/,
    `sha256:${"0".repeat(64)}"},\n`,
  );
  const hash = createHash("sha256").update(text).digest("hex");
  const file = world.file("json");
  writeFileSync(file, text.replace("0".repeat(64), hash));
  return file;
}

/** The same with another manifest. */
function withManifest(document: string, change: (manifest: Manifest) => void, data = (text: string) => text): string {
  return forge(document, (text) => {
    const end = text.indexOf("\n");
    const manifest = JSON.parse(text.slice('{"manifest":'.length, end - 1)) as Manifest;
    change(manifest);
    return `{"manifest":${JSON.stringify(manifest)},${data(text.slice(end))}`;
  });
}

async function refused(document: string, code: string, live = world.make(`${SCHEMA}; ${FILL}`)): Promise<string> {
  const before = world.dump(live);
  const failure = await world.restore(live, document).then(
    () => null,
    (error: unknown) => error as Error & { code?: string },
  );
  expect(failure, "it was not refused").not.toBeNull();
  expect(failure?.code, failure?.message).toBe(code);
  expect(world.dump(live)).toBe(before);
  return failure?.message ?? "";
}

const made = world.make(`${SCHEMA}; ${FILL}`);
const document = world.write(made);

test("a forged document with a right hash is taken where it fits: what follows is refused for another reason", async () => {
  const live = world.make(SCHEMA);
  await world.restore(
    live,
    forge(document, (text) => text.replace('"name":"Ada"', '"name":"Eve"')),
  );
  expect(world.dump(live)).toContain(Buffer.from("Eve").toString("hex").toUpperCase());
});

describe("case 28: names that JavaScript gives a meaning to", () => {
  test("are names like any other", async () => {
    const sql =
      'CREATE TABLE "__proto__" ("__proto__", "constructor", "toString"); CREATE TABLE "hasOwnProperty" ("valueOf")';
    const live = world.make(
      `${sql}; INSERT INTO "__proto__" VALUES ('x', 2, NULL); INSERT INTO hasOwnProperty VALUES ('y')`,
    );
    const target = world.make(sql);
    await world.restore(target, world.write(live));
    expect(world.dump(target)).toBe(world.dump(live));
    expect(({} as { x?: unknown }).x).toBeUndefined();
  });
  test("in a row of other columns are refused", async () => {
    await refused(
      forge(document, (text) => text.replace('{"id":1,"name"', '{"__proto__":{"id":9},"id":1,"name"')),
      "invalid_input",
    );
  });
});

describe("cases 29 and 30: what the database does not have", () => {
  const column = 'x") VALUES (1, 2);--';
  test("columns are refused, whatever they are called", async () => {
    const forged = withManifest(
      document,
      ({ tables }) => void tables[1]?.columns.splice(1, 1, { ...tables[1].columns[1], name: column } as never),
      (data) => data.replaceAll('"name":', `${JSON.stringify(column)}:`),
    );
    expect(await refused(forged, "conflict")).toContain("has no column");
  });
  test("tables are refused", async () => {
    const forged = withManifest(
      document,
      ({ tables }) => void Object.assign(tables[1] ?? {}, { name: "sqlite_schema" }),
      (data) => data.replace('"people":[', '"sqlite_schema":['),
    );
    expect(await refused(forged, "conflict")).toContain("there is no table");
  });
  test("schemas are refused", async () => {
    const forged = withManifest(document, (manifest) => void Object.assign(manifest, { schema: "temp" }));
    expect(await refused(forged, "conflict")).toContain("there is no schema");
  });
  test("a table that has another column by now is refused", async () => {
    const live = world.make(`${SCHEMA}; ${FILL}; ALTER TABLE people ADD COLUMN age INTEGER`);
    expect(await refused(document, "conflict", live)).toContain("by now");
  });
});

describe("case 31: a manifest that says something else than the data", () => {
  test("counts are refused although the hash is right", async () => {
    for (const by of [1, -1]) {
      const forged = withManifest(document, (manifest) => {
        const [first] = manifest.tables;
        if (first) first.rows += by;
        manifest.totalRows += by;
      });
      expect(await refused(forged, "invalid_input")).toContain("rows where its manifest says");
    }
    const total = withManifest(document, (manifest) => void manifest.totalRows++);
    expect(await refused(total, "invalid_input")).toContain("totals");
  });
  test("another hash is refused", async () => {
    const file = world.file("json");
    writeFileSync(
      file,
      readFileSync(document, "utf8").replace(/sha256:./, (found) => (found.endsWith("0") ? "sha256:1" : "sha256:0")),
    );
    expect(await refused(file, "invalid_input")).toContain("hash");
  });
});

describe("case 27: more than anybody wants to read", () => {
  const limits = { ...DOCUMENT_LIMITS, documentBytes: 4 * 1024 ** 2, rowBytes: 64 * 1024 };
  const nobody = { manifest: () => undefined, rows: () => undefined };
  const head = readFileSync(document, "utf8").split("\n").slice(0, 3).join("\n");

  async function* endless(first: string, piece: string, sizeBytes: number): AsyncGenerator<Uint8Array> {
    yield Buffer.from(first);
    const bytes = Buffer.from(piece.repeat(Math.ceil(65_536 / piece.length)));
    for (let sent = 0; sent < sizeBytes; sent += bytes.length) yield bytes;
  }

  test("a row without an end, ten gigabytes of it and a nesting without an end are 413, long before they were read", async () => {
    const before = process.memoryUsage().arrayBuffers;
    for (const [first, piece] of [
      [`${head}\n{"id":1,"person":1,"total":"`, "x"],
      [`${head}\n{"id":1,"person":1,"total":`, "["],
      [`${head}\n{"id":`, '{"a":'],
      ['{"manifest":', "["],
    ] as const) {
      await expect(
        readDocument(endless(first, piece, 10 * 1024 ** 3), nobody, { ...limits, manifestBytes: 256 * 1024 }),
      ).rejects.toMatchObject({ code: "payload_too_large", status: 413 });
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * 1024 ** 2);
  });
  test("rows without an end are 413", async () => {
    const whole = readFileSync(document, "utf8");
    const first = whole.slice(0, whole.indexOf('{"id":1'));
    await expect(
      readDocument(endless(first, '{"id":1,"person":1,"total":9.5},\n', 10 * 1024 ** 3), nobody, limits),
    ).rejects.toMatchObject({ code: "payload_too_large" });
  });
  test("a nesting of a hundred thousand within a row is refused", async () => {
    const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
    await refused(
      forge(document, (text) => text.replace("9.5", deep)),
      "invalid_input",
    );
  });
  test("a row that no reader would take is not written", () => {
    const live = world.make("CREATE TABLE t (a); INSERT INTO t VALUES (zeroblob(60000))");
    expect(() => world.write(live, [], limits)).toThrow("larger than");
  });
});

test("rows of nearly the greatest size come back, whatever they hold", async () => {
  const live = world.make(
    "CREATE TABLE t (a); INSERT INTO t VALUES (randomblob(12000000)), (hex(randomblob(8000000))), (CAST(randomblob(1000) AS TEXT))",
  );
  const target = world.make("CREATE TABLE t (a)");
  await world.restore(target, world.write(live));
  expect(world.dump(target) === world.dump(live)).toBe(true);
});

describe("what today's database asks of rows", () => {
  test("references that would lead nowhere are refused", async () => {
    const live = world.make(
      `${SCHEMA}; ${FILL}; CREATE TABLE notes (person REFERENCES people (id)); INSERT INTO people VALUES (3, 'Eve'); INSERT INTO notes VALUES (3)`,
    );
    expect(await refused(document, "conflict", live)).toContain("references of table");
    const orphan = forge(document, (text) => text.replace('"person":2', '"person":77'));
    expect(await refused(orphan, "conflict")).toContain("references of table");
  });
  test("references that led nowhere when the document was made are put back as they were", async () => {
    const broken = world.make(`${SCHEMA}; ${FILL}; DELETE FROM people WHERE id = 2`);
    const live = world.make(`${SCHEMA}; ${FILL}`);
    await world.restore(live, world.write(broken));
    expect(world.dump(live)).toBe(world.dump(broken));
  });
  test("values that a column would store as others are refused", async () => {
    await refused(
      forge(document, (text) => text.replace('"name":"Ada"', '"name":12')),
      "conflict",
    );
    await refused(
      forge(document, (text) => text.replace('"name":"Ada"', '"name":null')),
      "conflict",
    );
    await refused(
      forge(document, (text) => text.replace('{"id":2,"name"', '{"id":1,"name"')),
      "conflict",
    );
  });
  test("triggers do not run and are there afterwards, tables that refer to each other come back, others stay", async () => {
    const sql = `CREATE TABLE a (id INTEGER PRIMARY KEY, b REFERENCES b (id)); CREATE TABLE b (id INTEGER PRIMARY KEY, a REFERENCES a (id));
      CREATE TABLE log (n); CREATE TRIGGER added AFTER INSERT ON a BEGIN INSERT INTO log VALUES (new.id); END;
      CREATE TRIGGER gone AFTER DELETE ON b BEGIN SELECT RAISE(ABORT, 'never'); END`;
    const live = world.make(
      `${sql}; INSERT INTO b VALUES (1, 1); INSERT INTO a VALUES (1, 1); DELETE FROM log; INSERT INTO log VALUES ('mine')`,
    );
    const written = world.write(live, ["LOG"]);
    const before = world.dump(live);
    world.run(live, "UPDATE a SET b = NULL");
    await world.restore(live, written);
    expect(world.dump(live)).toBe(before);
    world.run(live, "INSERT INTO a VALUES (5, NULL)");
    expect(world.dump(live)).not.toBe(before);
    expect(() => world.run(live, "DELETE FROM b")).toThrow("never");
  });
  test("a counter goes on behind the highest number of then and now", async () => {
    const sql = "CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a)";
    const then = world.make(`${sql}; INSERT INTO t VALUES (7, 'x'); DELETE FROM t`);
    const written = world.write(then);
    const fresh = world.make(sql);
    await world.restore(fresh, written);
    expect(world.dump(fresh)).toBe(world.dump(then));
    const later = world.make(`${sql}; INSERT INTO t VALUES (90, 'y')`);
    await world.restore(later, written);
    world.run(later, "INSERT INTO t (a) VALUES ('z')");
    expect(world.dump(later)).toContain('"91n"');
  });
});
