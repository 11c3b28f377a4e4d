import { type AlarmKind, type AlarmStep, alarmTitle } from "../../domain/alarm.ts";
import { alarmNextStep } from "../../domain/alarm-next-step.ts";
import type { SteppedAlarm } from "./step-alarm.ts";

type NamedStep = SteppedAlarm & { database: string | null };
type Place = { namespace: string /** Without a slash at its end. */; publicUrl: string };

const STEPS: Readonly<Record<AlarmStep, string>> = {
  raised: "RAISED",
  acknowledged: "ACKNOWLEDGED",
  resolved: "RESOLVED",
};

/** What people read of steps of alarms: plain text, the raised ones first. */
export function writeAlarmMail(
  steps: readonly NamedStep[],
  { namespace, publicUrl }: Place,
): { subject: string; body: string } {
  const order: AlarmStep[] = ["raised", "acknowledged", "resolved"];
  const sorted = order.flatMap((step) => steps.filter((one) => one.step === step));
  const [only] = sorted;
  const counts = order.flatMap((step) => {
    const count = steps.filter((one) => one.step === step).length;
    return count === 0 ? [] : [`${count} ${step}`];
  });
  const subject =
    sorted.length === 1 && only
      ? `${STEPS[only.step]}: ${headOf(only)}`
      : `Alarms in ${namespace}: ${counts.join(", ")}`;
  const body = [
    ...sorted.map((one) => describeStep(one, publicUrl)),
    `Say that you know of it, or that it is dealt with, among the alarms of ${namespace}: ${publicUrl}/alarms`,
    "You are told because you are an owner or admin of this namespace, or because its owners listed this address.",
  ].join("\n\n");
  return { subject: `[Lastgood] ${oneLine(subject)}`, body: `${body}\n` };
}

/** What shows that messages arrive. */
export function writeTestMail({ namespace, publicUrl }: Place, by: string): { subject: string; body: string } {
  return {
    subject: `[Lastgood] Test: alarms of ${oneLine(namespace)}`,
    body: `${by} asked for this message. Alarms of ${namespace} arrive at this address.\n\n${publicUrl}/alarms\n`,
  };
}

const headOf = ({ alarm, database }: NamedStep) =>
  `${alarmTitle(alarm.kind as AlarmKind)}${database === null ? "" : `, ${database}`}`;

function describeStep(one: NamedStep, publicUrl: string): string {
  const { alarm, database, step, by, words } = one;
  const since = new Date(Number(alarm.sinceMs))
    .toISOString()
    .replace("T", " ")
    .replace(/\.\d+Z$/, " UTC");
  const lines = [`${STEPS[step]}  ${headOf(one)}`, `Since ${since}.`, alarm.text];
  if (step === "raised") {
    const figures = JSON.parse(alarm.figures) as Record<string, string | null>;
    const next = alarmNextStep(alarm.kind as AlarmKind, database, figures);
    lines.push(`What to do: ${alarm.remedy}`, `${next.words}: ${publicUrl}${next.path}`);
  }
  if (step === "acknowledged") lines.push(`${by ?? "Somebody"} knows of it${words ? `: ${words}` : "."}`);
  if (step === "resolved") lines.push(by === null ? (words ?? "") : `${by} resolved it: ${words ?? ""}`);
  return lines.join("\n");
}

const oneLine = (text: string) => text.replaceAll(/\s+/g, " ").replaceAll(/\p{C}/gu, "").slice(0, 180);
