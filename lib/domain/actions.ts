/** Roles in a namespace, strongest first. */
export const ROLES = ["owner", "admin", "member", "viewer"] as const;
export type Role = (typeof ROLES)[number];

/**
 * Every action there is. Its name is at once the permission, the token's scope and the audit entry's action.
 * `roles` says who may do it in a namespace; an action that is not listed here exists for nobody.
 */
const ACTIONS = {
  "namespace.read": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "namespace.delete": { roles: ["owner"], changes: true },
  "namespace.undelete": { roles: ["owner"], changes: true },
  "member.list": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "member.invite": { roles: ["owner", "admin"], changes: true },
  "member.change-role": { roles: ["owner", "admin"], changes: true },
  "member.remove": { roles: ["owner", "admin"], changes: true },
  "member.leave": { roles: ["owner", "admin", "member", "viewer"], changes: true },
  /** Takes a member's right to write to one database, or gives it back. */
  "member.restrict": { roles: ["owner", "admin"], changes: true },
  "invitation.list": { roles: ["owner", "admin"], changes: false },
  "invitation.revoke": { roles: ["owner", "admin"], changes: true },
  "token.list": { roles: ["owner", "admin", "member"], changes: false },
  "token.create": { roles: ["owner", "admin", "member"], changes: true },
  "token.revoke": { roles: ["owner", "admin", "member"], changes: true },
  "database.list": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "database.read": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "database.create": { roles: ["owner", "admin"], changes: true },
  "database.attach": { roles: ["owner", "admin"], changes: true },
  "database.update": { roles: ["owner", "admin"], changes: true },
  "database.delete": { roles: ["owner", "admin"], changes: true },
  "database.undelete": { roles: ["owner", "admin"], changes: true },
  /** How applications connect to a hosted cluster, its password included. Reading it is written down. */
  "database.connect": { roles: ["owner", "admin", "member"], changes: true },
  "database.rotate-password": { roles: ["owner", "admin"], changes: true },
  "database.query": { roles: ["owner", "admin", "member"], changes: true },
  /** Reading rows of any moment, without restoring. */
  "database.view": { roles: ["owner", "admin", "member"], changes: false },
  /** How many rows differ between two moments; the rows themselves are `database.view`. */
  "database.diff": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "database.preflight": { roles: ["owner", "admin"], changes: false },
  "restore-point.list": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "restore-point.create": { roles: ["owner", "admin", "member"], changes: true },
  "restore-point.delete": { roles: ["owner", "admin", "member"], changes: true },
  "restore.read": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "restore.plan": { roles: ["owner", "admin", "member"], changes: false },
  /** Overwriting a project: the destructive one. */
  "restore.project": { roles: ["owner", "admin"], changes: true },
  /** Into a new preview, or over an existing one: nothing of the project is touched. */
  "restore.preview": { roles: ["owner", "admin", "member"], changes: true },
  "restore.new-database": { roles: ["owner", "admin"], changes: true },
  /** Copying rows from the past into the present. */
  "restore.give-back": { roles: ["owner", "admin", "member"], changes: true },
  /** Makes a preview's state the project's; a token needs `restore.project` as well. */
  "restore.cutover": { roles: ["owner", "admin"], changes: true },
  "preview.extend": { roles: ["owner", "admin", "member"], changes: true },
  "preview.delete": { roles: ["owner", "admin", "member"], changes: true },
  "preview.download": { roles: ["owner", "admin", "member"], changes: true },
  "restore.cancel": { roles: ["owner", "admin"], changes: true },
  /** Lets writes go on that are held around a restore. */
  "restore.release": { roles: ["owner", "admin"], changes: true },
  "backup.list": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "backup.create": { roles: ["owner", "admin", "member"], changes: true },
  "backup.cancel": { roles: ["owner", "admin", "member"], changes: true },
  "backup.download": { roles: ["owner", "admin", "member"], changes: true },
  /** Reading a backup whole to see whether it still is what was stored. */
  "backup.verify": { roles: ["owner", "admin", "member"], changes: true },
  "backup.delete": { roles: ["owner", "admin"], changes: true },
  "backup.undelete": { roles: ["owner", "admin"], changes: true },
  /** How many backups are kept, and for how long. */
  "retention.change": { roles: ["owner", "admin"], changes: true },
  "schedule.list": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "schedule.change": { roles: ["owner", "admin"], changes: true },
  "schedule.delete": { roles: ["owner", "admin"], changes: true },
  "drill.list": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  /** Restoring into a throwaway for proof: nothing of the database is touched. */
  "drill.run": { roles: ["owner", "admin", "member"], changes: true },
  /** When drills are run by themselves, and what has to hold in them. */
  "drill.change": { roles: ["owner", "admin"], changes: true },
  "erasure.read": { roles: ["owner", "admin"], changes: false },
  /** Purging history up to a moment: there is no way back after its grace period. */
  "history.erase": { roles: ["owner"], changes: true },
  "erasure.cancel": { roles: ["owner", "admin"], changes: true },
  "store.read": { roles: ["owner", "admin"], changes: false },
  /** Where the backups of a namespace go. */
  "store.change": { roles: ["owner"], changes: true },
  "webhook.list": { roles: ["owner", "admin"], changes: false },
  "webhook.change": { roles: ["owner", "admin"], changes: true },
  "webhook.delete": { roles: ["owner", "admin"], changes: true },
  /** Sending a test, or an event again. */
  "webhook.send": { roles: ["owner", "admin"], changes: true },
  "integration.list": { roles: ["owner", "admin"], changes: false },
  "integration.change": { roles: ["owner", "admin"], changes: true },
  "integration.delete": { roles: ["owner", "admin"], changes: true },
  "integration.push": { roles: ["owner", "admin"], changes: true },
  "alarm.list": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  /** Saying that one knows of it. */
  "alarm.acknowledge": { roles: ["owner", "admin", "member"], changes: true },
  /** Saying that it needs nothing more, though its cause may stand. */
  "alarm.resolve": { roles: ["owner", "admin"], changes: true },
  "alarm.settings": { roles: ["owner", "admin"], changes: false },
  /** Who is told of alarms. */
  "alarm.change": { roles: ["owner"], changes: true },
  /** Having a message sent to see that it arrives. */
  "alarm.test": { roles: ["owner", "admin"], changes: true },
  "policy.read": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "policy.change": { roles: ["owner", "admin"], changes: true },
  "approval.read": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "approval.request": { roles: ["owner", "admin", "member"], changes: true },
  "approval.decide": { roles: ["owner", "admin"], changes: true },
  /** Running what others have approved; a token needs the scope of what is run as well. */
  "approval.run": { roles: ["owner", "admin", "member"], changes: true },
  "approval.withdraw": { roles: ["owner", "admin", "member"], changes: true },
  "agent.list": { roles: ["owner", "admin"], changes: false },
  /** Letting a machine become an agent, which gets the installation's secret. */
  "agent.enrol": { roles: ["owner"], changes: true },
  "agent.retire": { roles: ["owner"], changes: true },
  /** What the bucket of second copies holds: the databases of all namespaces. */
  "copy.list": { roles: ["owner"], changes: false },
  "copy.bring-back": { roles: ["owner"], changes: true },
  "job.read": { roles: ["owner", "admin", "member", "viewer"], changes: false },
  "audit.read": { roles: ["owner", "admin"], changes: false },
  "audit.export": { roles: ["owner", "admin"], changes: true },
} as const satisfies Record<string, { roles: readonly Role[]; changes: boolean }>;

export type Action = keyof typeof ACTIONS;

/** Whether a text names an action; scopes that name none match nothing. */
export function isAction(text: string): text is Action {
  return Object.hasOwn(ACTIONS, text);
}

export function isRole(text: string): text is Role {
  return (ROLES as readonly string[]).includes(text);
}
export const ALL_ACTIONS = Object.keys(ACTIONS) as Action[];

/** Whether the role's holders may perform the action in their namespace. An unknown action or role matches nothing. */
export function roleMay(role: Role, action: Action): boolean {
  const entry: { roles: readonly Role[] } | undefined = ACTIONS[action];
  return entry?.roles.includes(role) ?? false;
}

/** Whether the action changes something, and so belongs into the audit log even when nothing was refused. */
export function changesSomething(action: Action): boolean {
  return ACTIONS[action].changes;
}

/** What can be done within one database, and so by a token that is limited to some. Whatever is not listed cannot. */
const WITHIN_DATABASES: readonly Action[] = [
  "namespace.read",
  "database.list",
  "database.read",
  "database.update",
  "database.delete",
  "database.undelete",
  "database.connect",
  "database.rotate-password",
  "database.query",
  "database.view",
  "database.diff",
  "restore-point.list",
  "restore-point.create",
  "restore-point.delete",
  "restore.read",
  "restore.plan",
  "restore.project",
  "restore.preview",
  "restore.give-back",
  "restore.cutover",
  "preview.extend",
  "preview.delete",
  "preview.download",
  "restore.cancel",
  "restore.release",
  "backup.list",
  "backup.create",
  "backup.cancel",
  "backup.download",
  "backup.verify",
  "backup.delete",
  "backup.undelete",
  "retention.change",
  "schedule.list",
  "schedule.change",
  "schedule.delete",
  "drill.list",
  "drill.run",
  "drill.change",
  "erasure.read",
  "history.erase",
  "erasure.cancel",
  "alarm.list",
  "alarm.acknowledge",
  "alarm.resolve",
  "policy.read",
  "policy.change",
  "approval.read",
  "approval.request",
  "approval.decide",
  "approval.run",
  "approval.withdraw",
  "job.read",
];

/** Whether the action concerns more than single databases: members, tokens, the audit log, what is added to a namespace. */
export function isNamespaceWide(action: Action): boolean {
  return !WITHIN_DATABASES.includes(action);
}
