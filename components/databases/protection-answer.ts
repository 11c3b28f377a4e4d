import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { isCaptured, readStatus } from "./database-status.ts";

const NAMED = 3;

/** The first page's answer to "Is everything protected?", and the sentence below it. */
export type ProtectionAnswer = { answer: string; lede: string; captured: number };

export function answerProtection(databases: readonly DatabaseView[]): ProtectionAnswer {
  const statuses = databases.map((database) => ({ name: database.name, status: readStatus(database) }));
  const captured = statuses.filter(({ status }) => isCaptured(status)).length;
  const total = databases.length;
  if (total === 0) {
    return {
      answer: "Nothing is protected yet.",
      lede: "Protect a database, and every write from then on can be gone back to.",
      captured,
    };
  }
  if (captured === 0 && statuses.some(({ status }) => status.kind === "unknown")) {
    return {
      answer: "Nobody can tell right now.",
      lede: "The agent does not answer. Capture may go on without it, but nothing can be seen or restored until it is back.",
      captured: 0,
    };
  }
  const missing = statuses.filter(({ status }) => status.kind === "unprotected" || status.kind === "unknown");
  const coming = statuses.filter(({ status }) => status.kind === "preparing");
  const reach =
    captured === total
      ? ""
      : `${captured} of ${formatCount(total, "database")} can go back to any commit of their window. `;
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name);
    const past = "What was captured before stays in reach.";
    if (missing.length === total) {
      return {
        answer: "No.",
        lede: `Nothing that is written now can be restored until capture runs again. ${past}`,
        captured,
      };
    }
    const answer = missing.length > NAMED ? `All but ${missing.length} databases.` : `All but ${join(names)}.`;
    const what = missing.length > NAMED ? "the others" : join(names);
    return {
      answer,
      lede: `${reach}What is written to ${what} now cannot be restored until capture runs again. ${past}`,
      captured,
    };
  }
  if (coming.length > 0) {
    const names = join(coming.map(({ name }) => name).slice(0, NAMED));
    return {
      answer: "In a moment.",
      lede: `${reach}${names} ${coming.length === 1 ? "is" : "are"} being taken in; nothing from before its first copy can be restored.`,
      captured,
    };
  }
  const lede =
    total === 1
      ? `${statuses[0]?.name} can go back to any commit of its window.`
      : `All ${formatCount(total, "database")} can go back to any commit of their window.`;
  return { answer: "Yes, everything.", lede, captured };
}

function join(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
