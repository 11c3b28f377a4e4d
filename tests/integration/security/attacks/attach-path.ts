import { execFileSync } from "node:child_process";
import { linkSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";
import pino from "pino";
import { SqliteEngine } from "../../../../lib/engines/sqlite/sqlite-engine.ts";
import { runtimePaths } from "../../../../lib/runtime-paths.ts";

/** Cases 23 to 25: a path leads to a plain file below a root that is nobody else's, or is refused, and nothing hangs. */
export async function attack(given: string): Promise<string | null> {
  const folder = realpathSync(given);
  const [root, data] = [path.join(folder, "root"), path.join(folder, "root", "data")];
  for (const one of [root, data, path.join(root, "dir"), path.join(data, "databases")])
    mkdirSync(one, { recursive: true });
  const make = (file: string) => {
    const db = new DatabaseSync(file);
    db.exec("PRAGMA journal_mode = WAL; CREATE TABLE t (a)");
    db.close();
    return file;
  };
  const good = make(path.join(root, "good.db"));
  const outside = make(path.join(folder, "outside.db"));
  const own = make(path.join(data, "lastgood.db"));
  symlinkSync(outside, path.join(root, "link.db"));
  symlinkSync(folder, path.join(root, "up"));
  linkSync(make(path.join(root, "first.db")), path.join(root, "second.db"));
  execFileSync("mkfifo", [path.join(root, "pipe.db")]);
  writeFileSync(path.join(root, "text.db"), "no database");
  const engine = new SqliteEngine({ paths: runtimePaths(data), attachRoots: [root], log: pino({ level: "silent" }) });
  try {
    const accepts = async (file: string) => (await engine.preflight(file)).refusals.length === 0;
    if (!(await accepts(good))) return "a good file is refused";
    const hostile = [
      outside,
      path.join(root, "..", "outside.db"),
      path.join(root, "up", "outside.db"),
      path.join(root, "link.db"),
      path.join(root, "second.db"),
      path.join(root, "pipe.db"),
      path.join(root, "dir"),
      path.join(root, "text.db"),
      own,
      "/proc/self/environ",
      "/dev/zero",
      "good.db",
      `${good}\0.png`,
    ];
    for (const file of hostile) if (await accepts(file)) return `${file.replaceAll("\0", "NUL")} was accepted`;
    return null;
  } finally {
    await engine.close();
  }
}
