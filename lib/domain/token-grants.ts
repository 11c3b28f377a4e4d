import { type Action, ALL_ACTIONS, isNamespaceWide, type Role, roleMay } from "./actions.ts";
import type { DatabaseScope } from "./actor.ts";

/**
 * What an action does to what there is. `adds` changes something that the history or a second call takes back; `destroys`
 * loses data or the way back to it; `governs` decides who may do what. A new action belongs here before it can be one.
 */
export type ActionEffect = "reads" | "adds" | "destroys" | "governs";

const EFFECTS = {
  "namespace.read": "reads",
  "namespace.delete": "destroys",
  /** For people alone: there is no namespace to call with a token while it is deleted. */
  "namespace.undelete": "governs",
  "member.list": "reads",
  "member.invite": "governs",
  "member.change-role": "governs",
  "member.remove": "governs",
  /** For people alone. */
  "member.leave": "governs",
  "member.restrict": "governs",
  "invitation.list": "reads",
  "invitation.revoke": "governs",
  "token.list": "reads",
  "token.create": "governs",
  "token.revoke": "governs",
  "database.list": "reads",
  "database.read": "reads",
  "database.create": "adds",
  "database.attach": "adds",
  /** A shorter window drops history. */
  "database.update": "destroys",
  "database.delete": "destroys",
  "database.undelete": "adds",
  /** Whoever connects writes what they like, as with SQL over HTTP. */
  "database.connect": "adds",
  /** Applications are locked out until they have the new one. */
  "database.rotate-password": "destroys",
  "database.query": "adds",
  "database.view": "reads",
  "database.diff": "reads",
  "database.preflight": "reads",
  "restore-point.list": "reads",
  "restore-point.create": "adds",
  "restore-point.delete": "destroys",
  "restore.read": "reads",
  "restore.plan": "reads",
  "restore.project": "destroys",
  "restore.preview": "adds",
  "restore.new-database": "adds",
  "restore.give-back": "adds",
  "restore.cutover": "destroys",
  "preview.extend": "adds",
  "preview.delete": "destroys",
  "preview.download": "reads",
  "restore.cancel": "adds",
  "restore.release": "adds",
  "backup.list": "reads",
  "backup.create": "adds",
  "backup.cancel": "adds",
  "backup.download": "reads",
  "backup.verify": "adds",
  "backup.delete": "destroys",
  "backup.undelete": "adds",
  /** Keeping fewer of them deletes some. */
  "retention.change": "destroys",
  "schedule.list": "reads",
  "schedule.change": "destroys",
  "schedule.delete": "destroys",
  "drill.list": "reads",
  "drill.run": "adds",
  "drill.change": "adds",
  "erasure.read": "reads",
  "history.erase": "destroys",
  "erasure.cancel": "adds",
  "store.read": "reads",
  "store.change": "governs",
  "webhook.list": "reads",
  /** Where news of this namespace goes. */
  "webhook.change": "governs",
  "webhook.delete": "governs",
  "webhook.send": "adds",
  "integration.list": "reads",
  /** Where the way into databases is sent. */
  "integration.change": "governs",
  "integration.delete": "governs",
  "integration.push": "adds",
  "alarm.list": "reads",
  "alarm.acknowledge": "adds",
  /** Whoever resolves alarms can keep people from knowing. */
  "alarm.resolve": "governs",
  "alarm.settings": "reads",
  "alarm.change": "governs",
  "alarm.test": "adds",
  "policy.read": "reads",
  "policy.change": "governs",
  "approval.read": "reads",
  "approval.request": "adds",
  "approval.decide": "governs",
  /** Beside it a token needs the action that is run. */
  "approval.run": "adds",
  "approval.withdraw": "adds",
  "agent.list": "reads",
  "agent.enrol": "governs",
  "agent.retire": "governs",
  /** They are of all namespaces. */
  "copy.list": "governs",
  "copy.bring-back": "governs",
  "job.read": "reads",
  "audit.read": "reads",
  "audit.export": "reads",
} as const satisfies Record<Action, ActionEffect>;

export function effectOf(action: Action): ActionEffect {
  return EFFECTS[action];
}

/** Ready-made choices of actions, the default first. */
export const TOKEN_PRESETS = ["no-destroy", "read-only", "everything"] as const;
export type TokenPreset = (typeof TOKEN_PRESETS)[number];

const EFFECTS_OF_PRESET: Record<TokenPreset, readonly ActionEffect[]> = {
  "no-destroy": ["reads", "adds"],
  "read-only": ["reads"],
  everything: ["reads", "adds", "destroys", "governs"],
};

/** Who makes a token, or rather how much they have to give. */
export type Grantor = { role: Role; scopes: "all" | readonly Action[] };

/** Whether somebody may give an action away: they have it themselves, now. */
export function mayGrant({ role, scopes }: Grantor, action: Action): boolean {
  return roleMay(role, action) && (scopes === "all" || scopes.includes(action));
}

/**
 * The actions of a preset that its maker has and that make sense for these databases. Written down as they are now: neither
 * a promotion nor an action that comes with an update makes such a token stronger.
 */
export function actionsOfPreset(preset: TokenPreset, grantor: Grantor, databases: DatabaseScope): Action[] {
  return ALL_ACTIONS.filter(
    (action) =>
      EFFECTS_OF_PRESET[preset].includes(effectOf(action)) &&
      mayGrant(grantor, action) &&
      (databases === "all" || !isNamespaceWide(action)),
  );
}

/** How much a choice of actions is, in one of four sizes. */
export type GrantSize = "everything" | "can-destroy" | "cannot-destroy" | "reads-only";

export function sizeOfGrant(actions: "all" | readonly Action[]): GrantSize {
  if (actions === "all") return "everything";
  const effects = new Set(actions.map(effectOf));
  if (effects.has("destroys") || effects.has("governs")) return "can-destroy";
  return effects.has("adds") ? "cannot-destroy" : "reads-only";
}

export const TOKEN_LIMITS = { nameLength: 80, hours: 8_784, ratePerMinute: 600_000, databases: 200, perPerson: 100 };
