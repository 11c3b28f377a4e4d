import type { AlarmKind, AlarmSettingsDraft, AlarmState, AlarmWeight } from "../domain/alarm.ts";

/** An alarm as routes and pages show it. Times are Unix milliseconds. */
export type AlarmView = {
  id: string;
  kind: AlarmKind;
  title: string;
  weight: AlarmWeight;
  state: AlarmState;
  database: { id: string; name: string } | null;
  agentId: string | null;
  text: string;
  remedy: string;
  figures: Record<string, string | number | boolean | null>;
  sinceMs: number;
  raisedAtMs: number;
  acknowledged: { atMs: number; by: string; note: string | null } | null;
  /** `by` null: its cause was gone. */
  resolved: { atMs: number; by: string | null; reason: string } | null;
  /** Messages about it by e-mail. */
  mails: { sent: number; pending: number; failed: number };
};

/** How alarms leave this installation, for everybody who sees them: no address, no secret. */
export type TellingView = {
  mail: {
    /** Whether an e-mail server is set. */
    configured: boolean;
    recipients: number;
    pending: number;
    /** What the last attempt of a message that waits or was given up was told. */
    error: string | null;
    lastSentAtMs: number | null;
  };
  webhooks: number;
  /** Calls to the address whose silence is an alarm; of the agent that does worst. */
  heartbeat: { configured: boolean; ok: boolean; atMs: number | null; text: string | null };
};

export type AlarmsView = {
  alarms: AlarmView[];
  next: string | null;
  counts: { raised: number; acknowledged: number };
  telling: TellingView;
};

export type AlarmSettingsView = AlarmSettingsDraft & {
  version: number;
  /** Everybody who is told by e-mail now. */
  told: string[];
  /** Whom messages come from; null: no e-mail server is set. */
  from: string | null;
  /** The last test: how it came out at the address where it went worst. */
  test: { atMs: number; recipients: number; status: "pending" | "sent" | "failed"; error: string | null } | null;
};
