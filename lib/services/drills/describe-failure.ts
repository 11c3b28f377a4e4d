import type { DrilledMoment } from "../../domain/drill.ts";

/** What was wrong, in one line for people; null where nothing was. */
export function describeFailure(moments: readonly DrilledMoment[]): string | null {
  const lines = moments.flatMap((moment) => {
    const which = moment.aim === "latest" ? "The newest moment" : "A random moment";
    if (moment.error !== null) return [`${which}: ${moment.error.message}`];
    const checks = moment.checks.filter(({ outcome }) => outcome === "failed").map(({ text }) => `${which}: ${text}`);
    const broken = moment.assertions
      .filter(({ holds }) => !holds)
      .map(({ name, found }) => `${which}: "${name}" does not hold, it gave ${found}.`);
    return [...checks, ...broken];
  });
  return lines.length === 0 ? null : lines.join(" ");
}
