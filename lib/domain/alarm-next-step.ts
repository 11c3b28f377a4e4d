import type { AlarmKind } from "./alarm.ts";

type AlarmFigures = Readonly<Record<string, string | number | boolean | null>>;

/** Where somebody who has read an alarm goes, and what the link there is called. */
export type AlarmNextStep = { words: string /** A page of the console. */; path: string };

/** The page on which something can be done about an alarm. `database`: its name, null where it is about none. */
export function alarmNextStep(kind: AlarmKind, database: string | null, figures: AlarmFigures): AlarmNextStep {
  const own = database === null ? null : `/databases/${encodeURIComponent(database)}`;
  const base = own ?? "/databases";
  const at = typeof figures.bookmark === "string" ? `?bookmark=${encodeURIComponent(figures.bookmark)}` : "";
  switch (kind) {
    case "capture_stopped":
      return { words: "See what stopped it", path: base };
    case "gap":
      return { words: "See it on the timeline", path: own === null ? base : `${base}/backups` };
    case "archive_behind":
      return { words: "See how its log arrives", path: base };
    case "drill_failed":
      return { words: "See the drill", path: own === null ? base : `${base}/drills` };
    case "drill_overdue":
      return { words: "Run a drill", path: own === null ? base : `${base}/drills` };
    case "schedule_missed": {
      const isOf = database !== null && typeof figures.schedule === "string";
      const schedule = isOf ? `/${encodeURIComponent(database)}/${encodeURIComponent(String(figures.schedule))}` : "";
      return { words: "Run the schedule", path: `/schedules${schedule}` };
    }
    case "mass_delete":
      return { words: "Go to just before it", path: own === null ? base : `${base}/backups${at}` };
    case "disk_budget":
      return { words: "See what gives way", path: "/storage" };
    case "second_copy_behind":
      return { words: "See what would be lost", path: base };
    default:
      return { words: "See the agents", path: "/agents" };
  }
}
