import { randomUUID } from "node:crypto";
import type { Role } from "../../../lib/domain/actions.ts";
import { DEFAULT_RULES } from "../../../lib/domain/policy.ts";

/** What an action is called with: the namespace and database that the caller names. */
export type Place = { namespace: string; database: string };

/**
 * Who may call a server action. `anybody`: strangers too, each with a secret of its own. `own`: everybody who is signed in, about
 * nothing but their own account. Otherwise the weakest role, with an input that harms nothing where it is let through.
 */
export type ActionRow =
  | { who: "anybody"; input: object }
  | { who: "own"; input: object }
  | { who: Role; input: (place: Place) => object };

const nobody = () => randomUUID();
const point = { timestamp: 1_795_244_288_123 };
const inNamespace =
  (rest: () => object) =>
  ({ namespace }: Place) => ({ namespace, ...rest() });
const ofDatabase =
  (rest: () => object) =>
  ({ namespace, database }: Place) => ({ namespace, database, ...rest() });

/** Every server action there is; a new one without a row here fails. */
export const ACTION_ROWS: Readonly<Record<string, ActionRow>> = {
  completeSetUp: {
    who: "anybody",
    input: { setupToken: "x", email: "a@b.example", password: "long enough", namespace: "x" },
  },
  signIn: { who: "anybody", input: { email: "nobody@b.example", password: "wrong" } },
  signInWithCode: { who: "anybody", input: { code: "000000" } },
  joinWithPassword: { who: "anybody", input: { token: "x", password: "long enough, too" } },
  signOut: { who: "anybody", input: {} },
  acceptInvitation: { who: "own", input: { token: "x" } },
  confirmAgain: { who: "own", input: { password: "wrong" } },
  renewPassword: { who: "own", input: { present: "wrong", next: "a longer password" } },
  revokeSession: { who: "own", input: { sessionId: nobody() } },
  revokeOtherSessions: { who: "own", input: {} },
  beginSecondFactor: { who: "own", input: {} },
  turnSecondFactorOn: { who: "own", input: { code: "000000" } },
  turnSecondFactorOff: { who: "own", input: { password: "wrong", code: "000000" } },
  renewCodes: { who: "own", input: {} },
  chooseNamespace: { who: "viewer", input: inNamespace(() => ({})) },
  invite: { who: "admin", input: inNamespace(() => ({ email: `${nobody()}@b.example`, role: "viewer" })) },
  withdrawInvitation: { who: "admin", input: inNamespace(() => ({ invitationId: nobody() })) },
  giveRole: { who: "admin", input: inNamespace(() => ({ userId: nobody(), role: "viewer" })) },
  setWriteRight: { who: "admin", input: ofDatabase(() => ({ userId: nobody(), mayWrite: false })) },
  takeOut: { who: "admin", input: inNamespace(() => ({ userId: nobody(), confirmEmail: "x" })) },
  leave: { who: "viewer", input: inNamespace(() => ({ confirmEmail: "not mine" })) },
  protectDatabase: { who: "admin", input: inNamespace(() => ({ name: "shop", engine: "sqlite" })) },
  revealConnection: { who: "member", input: ofDatabase(() => ({})) },
  changePassword: { who: "admin", input: ofDatabase(() => ({})) },
  removeDatabase: { who: "admin", input: ofDatabase(() => ({ confirmName: "another" })) },
  createSnapshot: { who: "member", input: ofDatabase(() => ({ label: "a label" })) },
  deleteSnapshot: { who: "member", input: ofDatabase(() => ({ snapshotId: nobody() })) },
  planRetentionChange: { who: "viewer", input: ofDatabase(() => ({ maxBackups: 1 })) },
  saveRetention: { who: "admin", input: ofDatabase(() => ({ maxBackups: 10_000 })) },
  pinBackup: { who: "member", input: ofDatabase(() => ({ label: "a label", backupKey: "no-such-backup" })) },
  startRestore: { who: "admin", input: ofDatabase(() => ({ ...point, confirmName: "another" })) },
  acknowledgeAlarm: { who: "member", input: inNamespace(() => ({ id: nobody() })) },
  resolveAlarm: { who: "admin", input: inNamespace(() => ({ id: nobody(), reason: "Seen to." })) },
  saveAlarmSettings: {
    who: "owner",
    input: inNamespace(() => ({ toAdmins: true, recipients: [], massDeleteRows: null, version: 10_000 })),
  },
  sendTestAlarm: { who: "admin", input: inNamespace(() => ({})) },
  startDrill: { who: "member", input: ofDatabase(() => ({})) },
  cancelDrill: { who: "member", input: ofDatabase(() => ({ drill: nobody() })) },
  saveDrillPlan: { who: "admin", input: ofDatabase(() => ({ cron: "30 3 * * 0", version: 10_000 })) },
  startBackup: { who: "member", input: ofDatabase(() => ({ label: "a label" })) },
  cancelBackup: { who: "member", input: ofDatabase(() => ({ backup: nobody() })) },
  removeBackup: { who: "admin", input: ofDatabase(() => ({ backup: nobody() })) },
  bringBackupBack: { who: "admin", input: ofDatabase(() => ({ backup: nobody() })) },
  verifyBackup: { who: "member", input: ofDatabase(() => ({ backup: nobody() })) },
  showErasure: { who: "admin", input: ofDatabase(() => ({ beforeMs: 1 })) },
  startErasure: { who: "owner", input: ofDatabase(() => ({ beforeMs: 1 })) },
  stopErasure: { who: "admin", input: ofDatabase(() => ({ erasure: nobody() })) },
  bringCopyBack: { who: "owner", input: inNamespace(() => ({ copyId: "none.0123" })) },
  stopBringingBack: { who: "owner", input: inNamespace(() => ({ restoreId: nobody() })) },
  saveDiskBudget: { who: "owner", input: inNamespace(() => ({ agent: nobody(), version: 0 })) },
  saveStore: { who: "owner", input: inNamespace(() => ({ region: "r", bucket: "b", accessKeyId: "a" })) },
  tryStore: { who: "owner", input: inNamespace(() => ({ region: "r", bucket: "b", accessKeyId: "a" })) },
  keepBackupsOnDisk: { who: "owner", input: inNamespace(() => ({})) },
  extendPreview: { who: "member", input: ofDatabase(() => ({ ttlHours: 24 })) },
  deletePreview: { who: "admin", input: ofDatabase(() => ({ confirmName: "another" })) },
  startCutover: { who: "admin", input: ofDatabase(() => ({ previewId: nobody(), confirmName: "another" })) },
  undoCompletedRestore: { who: "admin", input: ofDatabase(() => ({ restoreId: nobody() })) },
  giveBack: {
    who: "member",
    input: ofDatabase(() => ({ from: point, tables: [{ name: "orders" }], planDigest: "another" })),
  },
  undoGiveBack: { who: "member", input: ofDatabase(() => ({ restoreId: nobody() })) },
  cancelOpenRestore: { who: "admin", input: ofDatabase(() => ({ restoreId: nobody() })) },
  changeDatabase: { who: "admin", input: ofDatabase(() => ({ name: "shop" })) },
  bringDatabaseBack: { who: "admin", input: inNamespace(() => ({ databaseId: nobody() })) },
  removeNamespace: { who: "owner", input: inNamespace(() => ({ confirmSlug: "another" })) },
  // Only a deleted namespace has a deletion to take back, and nothing of that is anybody's here.
  bringNamespaceBack: { who: "own", input: { namespace: "never-deleted" } },
  makeEnrolment: { who: "owner", input: inNamespace(() => ({ region: "office" })) },
  endEnrolment: { who: "owner", input: inNamespace(() => ({ enrolmentId: nobody() })) },
  retire: { who: "owner", input: inNamespace(() => ({ agentId: nobody() })) },
  makeToken: { who: "member", input: inNamespace(() => ({ name: "a token", expiresInHours: 1 })) },
  endToken: { who: "member", input: inNamespace(() => ({ tokenId: nobody() })) },
  makeSchedule: {
    who: "admin",
    input: ofDatabase(() => ({
      draft: {
        name: `s-${nobody()}`,
        kind: "physical",
        cron: "30 2 * * *",
        zone: "UTC",
        active: false,
        retentionDays: 30,
        keepAtMost: null,
        jitterSeconds: 0,
      },
    })),
  },
  saveSchedule: {
    who: "admin",
    input: ofDatabase(() => ({ schedule: nobody(), change: { active: false }, version: 0 })),
  },
  removeSchedule: { who: "admin", input: ofDatabase(() => ({ schedule: nobody() })) },
  runScheduleNow: { who: "member", input: ofDatabase(() => ({ schedule: nobody() })) },
  savePolicy: { who: "admin", input: ofDatabase(() => ({ rules: DEFAULT_RULES, version: 999 })) },
  askForApproval: {
    who: "member",
    input: ofDatabase(() => ({ ask: { kind: "restore.project", reason: "a reason", ...point } })),
  },
  changeRequestedMoment: { who: "member", input: inNamespace(() => ({ approvalId: nobody(), ...point })) },
  withdrawRequest: { who: "member", input: inNamespace(() => ({ approvalId: nobody() })) },
  decideRequest: {
    who: "admin",
    input: inNamespace(() => ({ approvalId: nobody(), verdict: "approve", digest: "x" })),
  },
  makeWebhook: { who: "admin", input: inNamespace(() => ({ name: "pager", url: "https://127.0.0.1/" })) },
  changeWebhook: { who: "admin", input: inNamespace(() => ({ webhookId: nobody(), active: false })) },
  renewWebhookSecret: { who: "admin", input: inNamespace(() => ({ webhookId: nobody() })) },
  removeWebhook: { who: "admin", input: inNamespace(() => ({ webhookId: nobody() })) },
  sendTest: { who: "admin", input: inNamespace(() => ({ webhookId: nobody() })) },
  sendAgain: { who: "admin", input: inNamespace(() => ({ webhookId: nobody(), deliveryId: nobody() })) },
  makeIntegration: {
    who: "admin",
    input: inNamespace(() => ({
      kind: "http",
      name: "deployment",
      baseUrl: "https://127.0.0.1/",
      token: "secret",
      databases: "all",
      variables: [{ name: "{DATABASE}_URL", holds: "connection" }],
    })),
  },
  changeIntegration: { who: "admin", input: inNamespace(() => ({ integrationId: nobody(), active: false })) },
  removeIntegration: { who: "admin", input: inNamespace(() => ({ integrationId: nobody() })) },
  pushVariables: { who: "admin", input: inNamespace(() => ({ integrationId: nobody() })) },
  runApprovedRequest: {
    who: "member",
    input: inNamespace(() => ({ approvalId: nobody(), digest: "x", confirmName: "another" })),
  },
};
