/** The ways to protect a database. */
export const PROTECT_WAYS = [
  {
    value: "attach",
    title: "Attach a file on this machine",
    text: "Your program keeps writing it where it is; each commit is copied.",
  },
  { value: "host", title: "Host a new database", text: "Empty, queried over HTTP." },
  { value: "upload", title: "Upload a .db file", text: "Hosted from then on, its first state included." },
  { value: "sample", title: "Try the sample", text: "A small shop that a writer keeps busy for ten minutes." },
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
