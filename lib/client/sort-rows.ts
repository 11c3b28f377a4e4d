import type { MemberView } from "./member-types.ts";
import type { ScheduleView } from "./schedule-types.ts";

const inOrder = (a: string, b: string) => (a === b ? 0 : a < b ? -1 : 1);

/** Members by e-mail, as people look for them; pages come in the order in which they joined. */
export function sortMembers(members: readonly MemberView[]): MemberView[] {
  return members.toSorted((a, b) => inOrder(a.email, b.email));
}

/** Schedules by database and name, as people look for them; pages come in the order in which they were made. */
export function sortSchedules(schedules: readonly ScheduleView[]): ScheduleView[] {
  return schedules.toSorted(
    (a, b) => inOrder(a.database.name, b.database.name) || inOrder(a.name, b.name) || inOrder(a.id, b.id),
  );
}
