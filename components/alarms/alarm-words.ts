import type { AlarmsView, AlarmView, TellingView } from "../../lib/client/alarm-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { alarmNextStep } from "../../lib/domain/alarm-next-step.ts";
import type { DotTone } from "../ui/status-dot.tsx";

/** A square rings, a diamond wants attention, a ring is known or over. */
export function toneOf({ state, weight }: Pick<AlarmView, "state" | "weight">): DotTone {
  if (state !== "raised") return "off";
  return weight === "urgent" ? "danger" : "warn";
}

/** What an alarm is about, in front of its title: the database's name. */
export const headOf = ({ title, database }: Pick<AlarmView, "title" | "database">): string =>
  database === null ? title : `${title}, ${database.name}`;

/** The page's answer and the sentence below it. */
export function answerOf({ counts }: Pick<AlarmsView, "counts">): { answer: string; lede: string } {
  const { raised, acknowledged } = counts;
  const known = acknowledged === 0 ? "" : ` Somebody knows of ${formatCount(acknowledged, "other")}.`;
  if (raised === 0 && acknowledged === 0)
    return { answer: "No alarm.", lede: "Nothing is wrong that Lastgood knows of." };
  if (raised === 0) {
    const stand = acknowledged === 1 ? "It stands until its cause is gone." : "They stand until their causes are gone.";
    return { answer: "Nothing new.", lede: `Somebody knows of ${formatCount(acknowledged, "alarm")}. ${stand}` };
  }
  const answer = `${formatCount(raised, "alarm")}.`;
  return { answer, lede: `Nobody has said yet that they know of ${raised === 1 ? "it" : "them"}.${known}` };
}

/** What keeps people from being told, worst first; empty where they are. */
export function troublesOf({ mail, webhooks, heartbeat }: TellingView): { title: string; text: string }[] {
  const troubles: { title: string; text: string }[] = [];
  if (mail.error !== null) {
    const waiting =
      mail.pending === 0 ? "" : ` ${formatCount(mail.pending, "message")} will be sent when it works again.`;
    troubles.push({ title: "E-mail does not arrive.", text: `${mail.error}${waiting}` });
  }
  if (!mail.configured && webhooks === 0) {
    troubles.push({
      title: "Nobody is told who does not look here.",
      text: "Make a webhook, or have whoever runs this Lastgood set an e-mail server (LASTGOOD_SMTP_URL).",
    });
  } else if (mail.configured && mail.recipients === 0 && webhooks === 0) {
    troubles.push({ title: "Nobody is told who does not look here.", text: "List an address, or make a webhook." });
  }
  if (heartbeat.configured && !heartbeat.ok && heartbeat.atMs !== null) {
    troubles.push({ title: "The heartbeat is silent.", text: heartbeat.text ?? "Nobody knows why." });
  }
  return troubles;
}

/** Where something can be done about an alarm. */
export const nextStepOf = ({ kind, database, figures }: Pick<AlarmView, "kind" | "database" | "figures">) =>
  alarmNextStep(kind, database?.name ?? null, figures);
