import type { CopiesView, CopyView } from "../../lib/client/copy-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";

/** The page's answer: how much of the bucket is not here, and what that means. */
export function answerOf({ bucket, copies, prefix }: CopiesView): { title: string; lede: string } {
  if (bucket === null) return { title: "No second copy is kept", lede: "When this machine is lost, so is everything." };
  const where = `${bucket}${prefix === "" ? "" : `, folder ${prefix}`}`;
  if (copies.length === 0) {
    return { title: `${bucket} holds no database`, lede: `Nothing has been shipped to ${where} yet.` };
  }
  const latest = copies.filter(({ isNewest }) => isNewest);
  const gone = latest.filter(({ here, broughtBack }) => here === null && broughtBack === null).length;
  const held = `${formatCount(latest.length, "database")} in ${where}.`;
  if (gone === 0) {
    const lede = `${held} Any of them can be brought back once more, as a database of its own.`;
    return { title: "Every database in the bucket is here", lede };
  }
  return {
    title: gone === 1 ? "One database in the bucket is not here" : `${gone} databases in the bucket are not here`,
    lede: `${held} What can be read is brought back as a new database, at any moment that its copy holds.`,
  };
}

/** How a copy stands beside what is here. */
export function standingOf({ isRestorable, isNewest, here, broughtBack }: CopyView): {
  words: string;
  tone: "ok" | "warn" | "danger" | "plain";
} {
  if (!isRestorable) return { words: "cannot be brought back", tone: "danger" };
  if (!isNewest) return { words: "an earlier history", tone: "plain" };
  if (here === null && broughtBack) return { words: "brought back", tone: "ok" };
  if (here === null) return { words: "not here", tone: "warn" };
  return here.isDeleted ? { words: "here, deleted", tone: "plain" } : { words: "here", tone: "ok" };
}

export const nameOf = ({ name, databaseId }: CopyView): string => name ?? `${databaseId.slice(0, 8)}…`;

export function engineOf({ engine }: CopyView): string {
  if (engine === null) return "not known";
  return engine === "sqlite" ? "SQLite" : "PostgreSQL";
}
