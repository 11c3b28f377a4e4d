import { z } from "zod";
import { emailSchema, printableLineSchema } from "./names.ts";

/** What alarms are raised for; each is found by one file in `lib/services/alarms/facts`. */
export const ALARM_KINDS = [
  "capture_stopped",
  "gap",
  "archive_behind",
  "drill_failed",
  "drill_overdue",
  "schedule_missed",
  "mass_delete",
  "clock_jump",
  "disk_budget",
  "second_copy_behind",
  "agent_not_seen",
] as const;
export type AlarmKind = (typeof ALARM_KINDS)[number];

/**
 * raised        nobody has said yet that they know of it
 * acknowledged  somebody has; its cause stands
 * resolved      its cause is gone, or somebody said why it needs nothing more
 */
export const ALARM_STATES = ["raised", "acknowledged", "resolved"] as const;
export type AlarmState = (typeof ALARM_STATES)[number];

/** What was done with an alarm, each audited and told. */
export const ALARM_STEPS = ["raised", "acknowledged", "resolved"] as const;
export type AlarmStep = (typeof ALARM_STEPS)[number];

/** `urgent`: something is being lost now, or could not be brought back. */
export type AlarmWeight = "urgent" | "warning";

type KindFacts = {
  title: string;
  weight: AlarmWeight;
  /** It happened once: nothing but a person can say that it is dealt with. */
  happened?: true;
};

const KINDS: Readonly<Record<AlarmKind, KindFacts>> = {
  capture_stopped: { title: "Capture has stopped", weight: "urgent" },
  gap: { title: "Gap in the history", weight: "urgent" },
  archive_behind: { title: "Capture is behind", weight: "urgent" },
  drill_failed: { title: "Drill failed", weight: "urgent" },
  drill_overdue: { title: "Drill overdue", weight: "warning" },
  schedule_missed: { title: "Scheduled backup missing", weight: "warning" },
  mass_delete: { title: "Mass delete", weight: "urgent", happened: true },
  clock_jump: { title: "Clock jumped", weight: "warning", happened: true },
  disk_budget: { title: "Disk budget", weight: "warning" },
  second_copy_behind: { title: "Second copy behind", weight: "warning" },
  agent_not_seen: { title: "Agent not seen", weight: "urgent" },
};

export const alarmTitle = (kind: AlarmKind): string => KINDS[kind].title;
export const alarmWeight = (kind: AlarmKind): AlarmWeight => KINDS[kind].weight;
/** Whether only a person can resolve it. */
export const hasHappened = (kind: AlarmKind): boolean => KINDS[kind].happened === true;

export const isAlarmKind = (text: string): text is AlarmKind => (ALARM_KINDS as readonly string[]).includes(text);

/** What an alarm is about. An agent serves several namespaces, and each of them is told. */
export type AlarmSubject = { databaseId: string } | { agentId: string; namespaceId: string };

/**
 * Something that is so now and that people have to know of. While it is so, its alarm stands; when no look finds it any more, its alarm
 * is resolved.
 */
export type AlarmFact = {
  kind: AlarmKind;
  subject: AlarmSubject;
  /** Tells causes of one kind at one subject from each other, as the time at which a gap begins; left out: there is one at most. */
  cause?: string;
  /** Unix milliseconds. */
  sinceMs: number;
  /** What is wrong, a sentence without the database's name. */
  text: string;
  /** What to do about it. */
  remedy: string;
  /** Facts for whoever reads it by machine, in snake_case; sizes in bytes, times as RFC 3339. */
  figures?: Readonly<Record<string, string | number | boolean | null>>;
  /** Is no reason to raise an alarm, but keeps one that stands: so that what hovers around a limit does not flutter. */
  keepsOnly?: boolean;
};

/** What names the cause of an alarm: as long as it stands, there is one alarm of it. */
export function alarmKey({ kind, subject, cause = "" }: Pick<AlarmFact, "kind" | "subject" | "cause">): string {
  const about = "databaseId" in subject ? subject.databaseId : `${subject.agentId}:${subject.namespaceId}`;
  return `${kind}:${about}:${cause}`;
}

export const ALARM_LIMITS = { recipients: 20, wordsLength: 500, perPage: 100 } as const;
/** From how many rows that went in one commit on a mass delete is told of, unless something else is set. */
export const DEFAULT_MASS_DELETE_ROWS = 10_000;

export const alarmNoteSchema = printableLineSchema("a note", ALARM_LIMITS.wordsLength);
export const alarmReasonSchema = printableLineSchema("a reason", ALARM_LIMITS.wordsLength);

/** Who is told of a namespace's alarms, and from when on rows that went are one. */
export const alarmSettingsSchema = z.strictObject({
  /** Owners and admins, at the addresses they sign in with. */
  toAdmins: z.boolean(),
  recipients: z
    .array(emailSchema)
    .max(ALARM_LIMITS.recipients, `At most ${ALARM_LIMITS.recipients} further addresses are told.`)
    .transform((all) => [...new Set(all)]),
  massDeleteRows: z
    .int("Give a whole number of rows.")
    .min(1, "At least one row.")
    .max(1_000_000_000, "At most 1,000,000,000 rows.")
    .nullable(),
});
export type AlarmSettingsDraft = z.output<typeof alarmSettingsSchema>;
export const DEFAULT_ALARM_SETTINGS: AlarmSettingsDraft = {
  toAdmins: true,
  recipients: [],
  massDeleteRows: DEFAULT_MASS_DELETE_ROWS,
};
