import type { Action } from "../../lib/domain/actions.ts";
import type { GrantSize, TokenPreset } from "../../lib/domain/token-grants.ts";

/** What a group of actions means to people. Together they name everything that somebody would want to know of a token. */
export const MEANINGS: readonly { actions: readonly Action[]; words: string }[] = [
  { actions: ["database.read", "database.list"], words: "see databases and their history" },
  { actions: ["database.query"], words: "query and write hosted databases" },
  { actions: ["database.connect"], words: "read how to connect to PostgreSQL" },
  { actions: ["database.view"], words: "look at the rows of any moment" },
  { actions: ["database.diff"], words: "count what differs between two moments" },
  { actions: ["restore-point.create"], words: "pin labels" },
  { actions: ["restore.plan"], words: "plan restores" },
  { actions: ["restore.give-back"], words: "give rows back" },
  { actions: ["approval.request"], words: "ask for approvals" },
  { actions: ["backup.create"], words: "make backups" },
  { actions: ["drill.run"], words: "run drills" },
  { actions: ["alarm.acknowledge"], words: "acknowledge alarms" },
  { actions: ["backup.download"], words: "download backups" },
  { actions: ["database.create", "database.attach"], words: "protect more databases" },
  { actions: ["database.undelete"], words: "bring deleted databases back" },
  { actions: ["audit.read"], words: "read the audit log" },
  { actions: ["restore.project"], words: "restore in place" },
  { actions: ["database.delete"], words: "delete databases" },
  { actions: ["database.rotate-password"], words: "change passwords of PostgreSQL" },
  { actions: ["restore.cutover"], words: "cut a database over to its preview" },
  { actions: ["preview.delete"], words: "delete previews" },
  { actions: ["database.update"], words: "rename databases or shorten their windows" },
  { actions: ["restore-point.delete"], words: "delete labels" },
  {
    actions: ["backup.delete", "retention.change", "schedule.change", "schedule.delete"],
    words: "delete backups or change schedules",
  },
  { actions: ["drill.change"], words: "plan drills" },
  {
    actions: ["webhook.change", "webhook.delete", "integration.change", "integration.delete"],
    words: "change webhooks or integrations",
  },
  { actions: ["alarm.resolve", "alarm.change"], words: "resolve alarms or change who is told" },
  { actions: ["history.erase"], words: "erase history for good" },
  { actions: ["store.change"], words: "change where backups are kept" },
  { actions: ["agent.enrol", "agent.retire"], words: "enrol or retire agents" },
  { actions: ["copy.list", "copy.bring-back"], words: "list the second copy and bring databases back from it" },
  { actions: ["namespace.delete"], words: "delete the namespace" },
  { actions: ["policy.change", "approval.decide"], words: "change policies or approve" },
  { actions: ["token.create", "token.revoke"], words: "make or revoke tokens" },
  {
    actions: ["member.invite", "member.change-role", "member.remove", "member.restrict", "invitation.revoke"],
    words: "manage members",
  },
];

/** `a`, `a and b`, `a, b or c`. */
function join(parts: readonly string[], word: "and" | "or"): string {
  if (parts.length < 2) return parts[0] ?? "";
  return `${parts.slice(0, -1).join(", ")} ${word} ${parts.at(-1)}`;
}

/** What a token with these actions can do and what it cannot, each a sentence; "" for one that would be empty. */
export function describeActions(actions: readonly Action[]): { can: string; cannot: string } {
  const has = ({ actions: group }: { actions: readonly Action[] }) => group.some((one) => actions.includes(one));
  const can = MEANINGS.filter(has).map(({ words }) => words);
  const cannot = MEANINGS.filter((meaning) => !has(meaning)).map(({ words }) => words);
  return {
    can: can.length === 0 ? (actions.length === 0 ? "" : "It can do next to nothing.") : `It can ${join(can, "and")}.`,
    cannot: cannot.length === 0 ? "" : `It cannot ${join(cannot, "or")}.`,
  };
}

export const PRESET_WORDS: Record<TokenPreset, { title: string; text: string }> = {
  "no-destroy": {
    title: "Everything but destroy",
    text: "For applications, scripts and CI. What it writes can be undone from the history.",
  },
  "read-only": { title: "Read only", text: "For dashboards and checks. It changes nothing and runs no SQL." },
  everything: {
    title: "Everything",
    text: "What you may do, restores and deletions included, and nobody is asked again.",
  },
};

export const SIZE_WORDS: Record<GrantSize, { text: string; tone: "plain" | "ok" | "warn" | "danger" }> = {
  everything: { text: "everything", tone: "danger" },
  "can-destroy": { text: "can destroy", tone: "warn" },
  "cannot-destroy": { text: "cannot destroy", tone: "ok" },
  "reads-only": { text: "reads only", tone: "plain" },
};

/** How long a new token lasts; the last one on purpose only. */
export const SPANS = [
  { value: "24", text: "1 day" },
  { value: "720", text: "30 days" },
  { value: "2160", text: "90 days" },
  { value: "8760", text: "1 year" },
  { value: "never", text: "no end" },
] as const;

export type Span = (typeof SPANS)[number]["value"];
