import type { AuditEntryView } from "../../lib/client/api-types.ts";

/** What was done, and what somebody tried to do; the object follows. */
type Words = { did: string; to: string };

const words = (did: string, to: string): Words => ({ did, to });

const WORDS: Readonly<Record<string, Words>> = {
  "namespace.read": words("looked at the namespace", "look at the namespace"),
  "namespace.delete": words("deleted the namespace", "delete the namespace"),
  "namespace.undelete": words("took back the deletion of the namespace", "take back the deletion of the namespace"),
  "namespace.tier": words("changed the tier of the namespace", "change the tier of the namespace"),
  "member.list": words("listed the members", "list the members"),
  "member.invite": words("invited", "invite"),
  "member.change-role": words("changed the role of", "change the role of"),
  "member.remove": words("removed", "remove"),
  "member.restrict": words("changed the write right of", "change the write right of"),
  "invitation.list": words("listed the invitations", "list the invitations"),
  "invitation.accept": words("accepted the invitation", "accept the invitation"),
  "invitation.revoke": words("revoked the invitation of", "revoke the invitation of"),
  "token.list": words("listed the API tokens", "list the API tokens"),
  "token.create": words("made the API token", "make the API token"),
  "token.revoke": words("revoked the API token", "revoke the API token"),
  "database.list": words("listed the databases", "list the databases"),
  "database.read": words("looked at", "look at"),
  "database.create": words("protected", "protect"),
  "database.attach": words("attached", "attach"),
  "database.update": words("changed", "change"),
  "database.delete": words("deleted", "delete"),
  "database.undelete": words("took back the deletion of", "take back the deletion of"),
  "database.purge": words("removed for good", "remove for good"),
  "database.connect": words("read the connection string of", "read the connection string of"),
  "database.rotate-password": words("changed the password of", "change the password of"),
  "database.query": words("ran SQL in", "run SQL in"),
  "database.view": words("looked at the past of", "look at the past of"),
  "database.diff": words("compared two moments of", "compare two moments of"),
  "database.preflight": words("looked at a file for", "look at a file"),
  "restore-point.list": words("listed the labels of", "list the labels of"),
  "restore-point.create": words("set a label in", "set a label in"),
  "restore-point.delete": words("deleted a label in", "delete a label in"),
  "restore.read": words("looked at a restore of", "look at a restore of"),
  "restore.plan": words("planned a restore of", "plan a restore of"),
  "restore.project": words("started a restore of", "restore"),
  "restore.preview": words("restored into a preview of", "restore into a preview of"),
  "restore.new-database": words("restored into a new database from", "restore into a new database from"),
  "restore.cutover": words("started a cutover of", "cut over"),
  "preview.extend": words("extended the preview", "extend the preview"),
  "preview.delete": words("deleted the preview", "delete the preview"),
  "preview.download": words("downloaded the preview", "download the preview"),
  "preview.expired": words("ended a preview of", "end a preview of"),
  "restore.give-back": words("gave rows back in", "give rows back in"),
  "restore.release": words("let writes go on after the restore of", "let writes go on after the restore of"),
  "restore.cancel": words("asked to cancel the restore of", "cancel the restore of"),
  "restore.completed": words("completed the restore of", "complete the restore of"),
  "restore.failed": words("could not restore", "restore"),
  "restore.cancelled": words("cancelled the restore of", "cancel the restore of"),
  "backup.list": words("listed the backups of", "list the backups of"),
  "backup.create": words("started a backup of", "back up"),
  "backup.cancel": words("asked to cancel a backup of", "cancel a backup of"),
  "backup.completed": words("completed a backup of", "complete a backup of"),
  "backup.failed": words("could not back up", "back up"),
  "backup.cancelled": words("cancelled a backup of", "cancel a backup of"),
  "backup.download": words("downloaded a backup of", "download a backup of"),
  "backup.verify": words("verified a backup of", "verify a backup of"),
  "backup.delete": words("deleted a backup of", "delete a backup of"),
  "backup.undelete": words("took back the deletion of a backup of", "take back the deletion of a backup of"),
  "backup.expired": words("deleted an old backup of", "delete an old backup of"),
  "backup.purge": words("removed a backup for good of", "remove a backup for good of"),
  "retention.change": words("changed how many backups are kept of", "change how many backups are kept of"),
  "schedule.list": words("listed the schedules of", "list the schedules of"),
  "schedule.change": words("changed a schedule of", "change a schedule of"),
  "schedule.delete": words("deleted a schedule of", "delete a schedule of"),
  "schedule.missed": words("missed a scheduled backup of", "run a scheduled backup of"),
  "drill.list": words("looked at the drills of", "look at the drills of"),
  "drill.run": words("started a drill of", "run a drill of"),
  "drill.change": words("changed the plan of drills of", "change the plan of drills of"),
  "drill.passed": words("proved by a drill that it can restore", "prove by a drill that it can restore"),
  "drill.failed": words("failed the drill of", "pass the drill of"),
  "erasure.read": words("looked at erasures of", "look at erasures of"),
  "history.erase": words("announced an erasure of the history of", "erase history of"),
  "erasure.cancel": words("cancelled an erasure of", "cancel an erasure of"),
  "erasure.completed": words("erased history of", "erase history of"),
  "erasure.failed": words("failed to erase history of", "erase history of"),
  "drill.cancelled": words("cancelled a drill of", "cancel a drill of"),
  "drill.skipped": words("skipped a drill of", "skip a drill of"),
  "store.read": words("looked at where backups are kept", "look at where backups are kept"),
  "store.change": words("changed where backups are kept", "change where backups are kept"),
  "agent.list": words("listed the agents", "list the agents"),
  "agent.enrol": words("let a machine become an agent by", "let a machine become an agent"),
  "agent.enrolled": words("became the agent", "become the agent"),
  "agent.retire": words("retired the agent", "retire the agent"),
  "copy.list": words("listed the second copies", "list the second copies"),
  "copy.bring-back": words("brought back from a second copy", "bring back from a second copy"),
  "webhook.list": words("listed the webhooks", "list the webhooks"),
  "webhook.change": words("changed the webhook", "change the webhook"),
  "webhook.delete": words("deleted the webhook", "delete the webhook"),
  "webhook.send": words("sent an event to the webhook", "send an event to the webhook"),
  "webhook.switched-off": words("switched off the webhook", "switch off the webhook"),
  "integration.list": words("listed the integrations", "list the integrations"),
  "integration.change": words("changed the integration", "change the integration"),
  "integration.delete": words("deleted the integration", "delete the integration"),
  "integration.push": words("pushed variables to", "push variables to"),
  "alarm.list": words("looked at the alarms of", "look at the alarms of"),
  "alarm.raised": words("raised an alarm about", "raise an alarm about"),
  "alarm.resolved": words("resolved an alarm about", "resolve an alarm about"),
  "alarm.acknowledge": words("acknowledged an alarm about", "acknowledge an alarm about"),
  "alarm.resolve": words("resolved an alarm about", "resolve an alarm about"),
  "alarm.settings": words("looked at who is told of alarms", "look at who is told of alarms"),
  "alarm.change": words("changed who is told of alarms", "change who is told of alarms"),
  "alarm.test": words("had a test message sent", "have a test message sent"),
  "policy.read": words("read the policy of", "read the policy of"),
  "policy.change": words("changed the policy of", "change the policy of"),
  "approval.read": words("read the approval requests of", "read the approval requests of"),
  "approval.request": words("asked for approval for", "ask for approval for"),
  "approval.decide": words("decided on the request for", "decide on the request for"),
  "approval.withdraw": words("withdrew the request for", "withdraw the request for"),
  "audit.read": words("read the audit log", "read the audit log"),
  "audit.export": words("exported the audit log", "export the audit log"),
  "audit.chain": words("began the chain of the audit log", "begin the chain of the audit log"),
  "session.create": words("signed in", "sign in"),
  "session.confirm": words("gave password or code again", "give password or code again"),
  "setup.complete": words("set Lastgood up", "set Lastgood up"),
};

/** Actions whose words need no object. */
const COMPLETE =
  /^(namespace|session|setup|audit|store)\.|^(member|token|database|invitation|webhook|integration)\.list$|^alarm\.(settings|change|test)$/;

/** Who did something, as lists name them. */
export function auditActor({ actor }: AuditEntryView): string {
  if (actor.name !== null && actor.name !== "") return actor.name;
  if (actor.kind === "agent") return "The agent";
  if (actor.kind === "system") return "Lastgood";
  return actor.id === null ? "Somebody" : `Somebody (${actor.id.slice(0, 8)})`;
}

const textOf = (value: unknown) => (typeof value === "string" && value !== "" ? value : null);

/** What an entry is about, by the best name there is. */
export function auditObject({ database, detail, target }: AuditEntryView): string | null {
  const named = textOf(detail.email) ?? textOf(detail.member) ?? textOf(detail.name);
  return database?.name ?? named ?? textOf(detail.label) ?? (target ? `${target.kind} ${target.id.slice(0, 8)}` : null);
}

const ASKS_FOR_MORE = / (at|for|from|in|of|to)$/;

/** An entry in a sentence, behind the name of who did it. */
export function auditSentence(entry: AuditEntryView): string {
  const { action, outcome } = entry;
  const known = WORDS[action] ?? words(action.replace(".", ": "), action.replace(".", ": "));
  const object = COMPLETE.test(action) ? null : auditObject(entry);
  const nothing = (text: string) => (ASKS_FOR_MORE.test(text) ? `${text} something that is not there` : text);
  const phrase = (text: string) => (object === null ? nothing(text) : `${text} ${object}`);
  if (outcome === "done") return phrase(known.did);
  return outcome === "denied" ? `was not allowed to ${phrase(known.to)}` : `could not ${phrase(known.to)}`;
}

/** One fact of an entry's detail; what was changed has both sides. */
export type AuditFact = { name: string; before?: string; text: string };

function toText(value: unknown): string {
  if (value === null || value === undefined) return "none";
  return typeof value === "string" ? value : JSON.stringify(value);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const plainName = (name: string) => name.replaceAll(/([a-z])([A-Z])/g, "$1 $2").toLowerCase();

/** Everything that an entry's detail says, changes first. */
export function auditFacts({ detail }: AuditEntryView): AuditFact[] {
  const { before, after, ...rest } = detail;
  return [
    ...changesOf(before, after),
    ...Object.entries(rest).map(([name, value]) => ({ name: plainName(name), text: toText(value) })),
  ];
}

function changesOf(before: unknown, after: unknown): AuditFact[] {
  if (before === undefined && after === undefined) return [];
  if (!isRecord(before) && !isRecord(after)) return [{ name: "changed", before: toText(before), text: toText(after) }];
  const [was, is] = [isRecord(before) ? before : {}, isRecord(after) ? after : {}];
  const names = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  return names.map((name) => ({ name: plainName(name), before: toText(was[name]), text: toText(is[name]) }));
}
