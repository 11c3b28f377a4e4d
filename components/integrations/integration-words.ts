import { formatCount } from "../../lib/client/format-count.ts";
import type { IntegrationView, PushView } from "../../lib/client/integration-types.ts";
import type { VariableHolds } from "../../lib/domain/integration.ts";

/** What a variable holds, as people choose it. */
export const HOLDS_WORDS: Record<VariableHolds, string> = {
  connection: "the connection",
  database_id: "the database's id",
  database_name: "the database's name",
  restore_id: "the last restore's id",
  restored_to: "the moment it was restored to",
  restored_at: "when it was restored",
};

/** Where it pushes to, in a line. */
export function placeOf({ settings, baseUrl }: IntegrationView): string {
  if (settings.kind === "http") return baseUrl;
  const { project, teamId, targets } = settings;
  return `${project}${teamId === null ? "" : ` of ${teamId}`}, ${targets.join(", ")}, at ${new URL(baseUrl).host}`;
}

export const PUSH_WORDS: Record<PushView["status"], { text: string; tone: "ok" | "warn" | "danger" }> = {
  pending: { text: "waiting", tone: "warn" },
  pushed: { text: "pushed", tone: "ok" },
  failed: { text: "not pushed", tone: "danger" },
};

/** The page's answer: whether deployments know where their databases are. */
export function answerOf(integrations: readonly IntegrationView[]): string {
  const failing = integrations.filter(({ active, lastPush }) => active && lastPush !== null && lastPush.error !== null);
  if (failing.length > 0) return `${formatCount(failing.length, "deployment")} did not take what was pushed last.`;
  if (integrations.every(({ lastPush }) => lastPush === null)) return "Nothing was pushed yet.";
  return "What was pushed last was taken.";
}
