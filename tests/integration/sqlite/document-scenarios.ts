import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { DocumentWorld } from "./document-world.ts";

/**
 * One small database after another goes into a document and back, or is refused: `node document-scenarios.ts <names…>` prints what
 * came of each. A control runs it with a check taken out.
 */
const world = new DocumentWorld();
type Scenario = { sql: string; fill: string; change?: string; forge?: (text: string) => string };

const SCENARIOS: Readonly<Record<string, Scenario>> = {
  bytes: { sql: "CREATE TABLE t (a)", fill: "INSERT INTO t VALUES (CAST(x'ff41' AS TEXT))" },
  large: { sql: "CREATE TABLE t (a)", fill: "INSERT INTO t VALUES (9007199254740993), (1.0), (-0.0), (9e999)" },
  numbered: { sql: "CREATE TABLE t (a)", fill: "INSERT INTO t VALUES (1), (2); DELETE FROM t WHERE rowid = 1" },
  triggers: {
    sql: "CREATE TABLE t (a); CREATE TABLE log (a); CREATE TRIGGER x AFTER INSERT ON t BEGIN INSERT INTO log VALUES (1); END",
    fill: "INSERT INTO t VALUES (1); DELETE FROM log",
  },
  orphans: {
    sql: "CREATE TABLE p (id INTEGER PRIMARY KEY); CREATE TABLE c (p REFERENCES p (id))",
    fill: "INSERT INTO p VALUES (1); INSERT INTO c VALUES (1)",
    forge: (text) => text.replace('"p":1', '"p":2'),
  },
  others: {
    sql: "CREATE TABLE t (a TEXT)",
    fill: "INSERT INTO t VALUES ('x')",
    forge: (text) => text.replace('"a":"x"', '"a":1'),
  },
  counts: {
    sql: "CREATE TABLE t (a)",
    fill: "INSERT INTO t VALUES (1), (2)",
    forge: (text) => text.replace('},\n{"rowid":2,"a":2}', "}"),
  },
  hash: { sql: "CREATE TABLE t (a)", fill: "INSERT INTO t VALUES (1)", forge: (text) => `${text} ` },
  columns: {
    sql: "CREATE TABLE t (a INTEGER)",
    fill: "INSERT INTO t VALUES (1)",
    change: "DROP TABLE t; CREATE TABLE t (a INTEGER, b DEFAULT 7); INSERT INTO t VALUES (5, 6)",
  },
};

function forged(document: string, forge: (text: string) => string): string {
  const altered = forge(readFileSync(document, "utf8"));
  // A hash that is right, except where the hash itself is what is tried.
  const isWhole = !altered.endsWith(" ");
  const plain = altered.trimEnd().replace(/sha256:[0-9a-f]{64}"\},\n/, `sha256:${"0".repeat(64)}"},\n`);
  const hash = createHash("sha256").update(`${plain}\n`).digest("hex");
  const file = world.file("json");
  writeFileSync(file, `${plain.replace("0".repeat(64), isWhole ? hash : "1".repeat(64))}\n`);
  return file;
}

async function play({ sql, fill, change, forge }: Scenario): Promise<string> {
  const then = world.make(`${sql}; ${fill}`);
  const document = world.write(then);
  const live = world.make(`${sql}; ${change ?? ""}`);
  try {
    await world.restore(live, forge ? forged(document, forge) : document);
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : String(error);
  }
  return world.dump(live) === world.dump(then) ? "the same" : "something else";
}

const outcomes: Record<string, string> = {};
for (const name of process.argv.slice(2)) {
  const scenario = SCENARIOS[name];
  if (scenario) outcomes[name] = await play(scenario);
}
console.log(JSON.stringify(outcomes));
world.close();
