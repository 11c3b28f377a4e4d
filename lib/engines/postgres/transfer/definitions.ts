import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { ClusterConnection } from "../../../domain/cluster-connection.ts";
import { LastgoodError } from "../../../domain/errors.ts";
import { splitStatements } from "../look/split-statements.ts";
import type { PostgresPrograms } from "../programs/find-programs.ts";
import { runProgram } from "../programs/run-program.ts";

/** The statements that define a state: before its rows are there (tables, types, functions), and after (indexes, references, triggers). */
export type Definitions = { before: string[]; after: string[] };

/**
 * Catalogs of what belongs to the server that a database runs on, and stays there as it is: extensions that are missing are made.
 * https://github.com/postgres/postgres/tree/master/src/include/catalog
 */
const OF_THE_SERVER: Record<string, string> = {
  1417: "foreign servers",
  1418: "user mappings",
  2328: "foreign data wrappers",
  2612: "languages",
};
const ABOUT_THEM =
  /^\d+; 0 0 (?:ACL|COMMENT) - (?:FOREIGN SERVER|SERVER|FOREIGN DATA WRAPPER|(?:PROCEDURAL )?LANGUAGE|EXTENSION) /;
const SCHEMAS = "2615";
const END = "-- PostgreSQL database dump complete";

/**
 * Reads with PostgreSQL's own programs how a database is defined.
 * @param access a server on this machine that nobody else reaches
 * @param kept numbers of the schemas that are not made, since they are there
 * @param folder made, and removed again
 */
export async function readDefinitions(
  programs: PostgresPrograms,
  { access, folder, kept }: { access: ClusterConnection; folder: string; kept: readonly string[] },
  signal: AbortSignal,
): Promise<Definitions> {
  requireDump(programs);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const [archive, list] = [path.join(folder, "definitions"), path.join(folder, "list")];
  try {
    const left = ["--no-publications", "--no-subscriptions", "--no-security-labels", "--no-tablespaces", "--no-blobs"];
    const sections = ["--section=pre-data", "--section=post-data"];
    await runProgram({
      ...{ programs, name: "pg_dump", access, signal },
      args: ["--format=custom", `--file=${archive}`, "--encoding=UTF8", "--no-password", ...sections, ...left],
    });
    const { output } = await runProgram({ programs, name: "pg_restore", args: ["--list", archive], signal });
    const lines = output.split("\n").filter((line) => isTaken(line, kept));
    writeFileSync(list, lines.join("\n"), { mode: 0o600 });
    const read = async (section: string) => {
      const file = path.join(folder, section);
      const args = [`--use-list=${list}`, `--section=${section}`, "--no-tablespaces", `--file=${file}`, archive];
      await runProgram({ programs, name: "pg_restore", args, signal });
      return statementsOf(readFileSync(file));
    };
    return { before: await read("pre-data"), after: await read("post-data") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function requireDump({ folder, major }: PostgresPrograms): void {
  const missing = ["pg_dump", "pg_restore"].find((name) => !existsSync(path.join(folder, name)));
  if (missing === undefined) return;
  throw new LastgoodError("not_supported", `This machine has no ${missing} of PostgreSQL ${major}.`, {
    hint: `Nothing was changed. Install the distribution's client package of PostgreSQL ${major}.`,
    outcome: "nothing",
  });
}

/** One line of an archive's list: number; catalog, object, kind, schema, name, owner. */
function isTaken(line: string, kept: readonly string[]): boolean {
  const [, catalog = "", object = ""] = /^\d+; (\d+) (\d+) /.exec(line) ?? [];
  return !OF_THE_SERVER[catalog] && !ABOUT_THEM.test(line) && !(catalog === SCHEMAS && kept.includes(object));
}

/** Exported for its test: what psql alone understands goes, and nothing that is cut off is taken for whole. */
export function statementsOf(bytes: Uint8Array): string[] {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw unreadable("names or texts in it are in no known encoding", error);
  }
  if (!text.includes(END)) throw unreadable("they ended too early", null);
  const [, key] = /^\\restrict (\S+)$/m.exec(text) ?? [];
  const plain =
    key === undefined ? text : text.replace(`\\restrict ${key}\n`, "").replace(`\n\\unrestrict ${key}\n`, "\n");
  return splitStatements(plain).map(({ sql }) => sql);
}

function unreadable(why: string, cause: unknown): LastgoodError {
  return new LastgoodError(
    "restore_failed",
    `The definitions of that state could not be read: ${why}.`,
    { hint: "Nothing was changed. Restore the moment to a new database instead.", outcome: "nothing" },
    { cause },
  );
}
