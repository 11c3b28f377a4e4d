import { expect, test } from "vitest";
import { ALARM_KINDS } from "../../lib/domain/alarm.ts";
import { alarmNextStep } from "../../lib/domain/alarm-next-step.ts";

test("each alarm leads to a page where something can be done about it", () => {
  const figures = { schedule: "a1", bookmark: "00-11", rows: 5 };
  const paths = ALARM_KINDS.map((kind) => [kind, alarmNextStep(kind, "my shop", figures).path]);
  expect(Object.fromEntries(paths)).toEqual({
    capture_stopped: "/databases/my%20shop",
    gap: "/databases/my%20shop/backups",
    archive_behind: "/databases/my%20shop",
    drill_failed: "/databases/my%20shop/drills",
    drill_overdue: "/databases/my%20shop/drills",
    schedule_missed: "/schedules/my%20shop/a1",
    mass_delete: "/databases/my%20shop/backups?bookmark=00-11",
    clock_jump: "/agents",
    disk_budget: "/storage",
    second_copy_behind: "/databases/my%20shop",
    agent_not_seen: "/agents",
  });
  for (const kind of ALARM_KINDS) {
    const { words, path } = alarmNextStep(kind, null, {});
    expect(words, kind).toMatch(/^[A-Z]/);
    expect(path, kind).toMatch(/^\/(databases|schedules|storage|agents)$/);
  }
});
