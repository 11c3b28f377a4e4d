/**
 * What people do to their own account, in no namespace. As with the actions of a namespace, the name is at once the
 * permission and the audit entry's action; an API token may do none of it.
 */
const OWN_ACTIONS = {
  "account.read": { changes: false },
  "account.change-password": { changes: true },
  "session.confirm": { changes: true },
  "session.list": { changes: false },
  "session.revoke": { changes: true },
  "second-factor.begin": { changes: true },
  "second-factor.enable": { changes: true },
  "second-factor.disable": { changes: true },
  "second-factor.renew-codes": { changes: true },
} as const satisfies Record<string, { changes: boolean }>;

export type OwnAction = keyof typeof OWN_ACTIONS;

/** Whether the action changes something, and so belongs into the audit log even when nothing was refused. */
export function changesOwn(action: OwnAction): boolean {
  return OWN_ACTIONS[action].changes;
}
