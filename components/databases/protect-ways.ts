/** The ways to protect a database, by what it is. */
export const PROTECT_WAYS = [
  {
    value: "attach",
    engine: "SQLite",
    title: "Attach a file",
    text: "Your program keeps writing it where it is; each commit is copied.",
  },
  { value: "host", engine: "SQLite", title: "Host a new file", text: "Empty, queried over HTTP." },
  {
    value: "upload",
    engine: "SQLite",
    title: "Upload a .db file",
    text: "Hosted from then on, its first state included.",
  },
  {
    value: "sample",
    engine: "SQLite",
    title: "Try the sample",
    text: "A small shop that a writer keeps busy for ten minutes.",
  },
  {
    value: "cluster",
    engine: "PostgreSQL",
    title: "Host a new cluster",
    text: "Empty, on the agent's machine. Applications connect with a connection string that no restore changes.",
  },
  {
    value: "server",
    engine: "PostgreSQL",
    title: "Attach a server",
    text: "Yours, wherever it runs. Its log is received as a standby receives it.",
  },
] as const;

export type ProtectWay = (typeof PROTECT_WAYS)[number]["value"];

export function isProtectWay(text: string | undefined): text is ProtectWay {
  return PROTECT_WAYS.some((way) => way.value === text);
}

/** A name out of a file's: its base without extension, in the letters that names may have. */
export function suggestName(path: string): string {
  const base = path.slice(Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\")) + 1);
  return base
    .replace(/\.(?:db|sqlite|sqlite3)$/i, "")
    .replace(/[^A-Za-z0-9._-]+/g, "-")
    .replace(/^[^A-Za-z0-9]+/, "")
    .slice(0, 64);
}

/** A name out of a connection string: the database's, or nothing while none can be read. */
export function suggestNameOfServer(connectionString: string): string {
  const [, database = ""] = /^postgres(?:ql)?:\/\/[^/?#]*\/([^/?#]*)/.exec(connectionString.trim()) ?? [];
  return suggestName(database);
}
