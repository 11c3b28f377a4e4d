import type { ScheduleDetail, ScheduleView } from "../../client/schedule-types.ts";
import { sortSchedules } from "../../client/sort-rows.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Call, FoundDatabase } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, timeWords } from "../remote/moment.ts";
import { wholeOf } from "../settings/settings.ts";
import { cleanCell } from "../text/clean-text.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const list = verb({
  about: "schedules of a database",
  of: "database",
  options: {},
  examples: [["schedules list --database shop", "when each runs next, and how its last run came out"]],
  async run(call) {
    const database = await call.database();
    const found = { schedules: await listSchedules(call, database) };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "name" },
          { head: "when" },
          { head: "kind" },
          { head: "next" },
          { head: "last run" },
          { head: "kept" },
          { head: "id" },
        ],
        found.schedules.map((one): Cell[] => [
          one.name,
          `${one.cron} ${one.zone}`,
          one.kind,
          one.active ? cellTime(one.nextRunMs, zone) : { text: "paused", as: "warning" },
          one.lastRun === null
            ? null
            : `${one.lastRun.outcome.replace("_", " ")} ${cellTime(one.lastRun.dueMs, zone) ?? ""}`,
          one.retentionDays === null ? "for good" : `${one.retentionDays} days`,
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

const show = verb({
  about: "a schedule and its latest runs",
  takes: ["<name|id>"],
  of: "database",
  options: {},
  examples: [["schedules show nightly", "what came of each run"]],
  async run(call, _values, [reference = ""]) {
    const database = await call.database();
    const { id } = await findSchedule(call, database, reference);
    const found = await call.api.get<ScheduleDetail>(`${database.route}/schedules/${id}`);
    const { zone } = call.settings;
    call.output.answer({ ...found }, () => [
      ...scheduleLines(found, zone),
      "",
      ...tableLines(
        [{ head: "due" }, { head: "outcome" }, { head: "backup" }, { head: "because" }],
        found.runs
          .slice(0, 20)
          .map(({ dueMs, outcome, backup, because }): Cell[] => [
            cellTime(dueMs, zone),
            outcome.replace("_", " "),
            backup === null ? null : (backup.key ?? backup.status),
            because,
          ]),
      ),
    ]);
    return 0;
  },
});

const TIMES = {
  cron: { value: "fields", about: 'when, five fields: "0 3 * * *"' },
  "cron-zone": { value: "zone", about: "the zone that the fields are read in, UTC where nothing is said" },
  kind: { value: "kind", about: "physical (the default) or portable" },
  "retention-days": {
    value: "days",
    about: "how long its backups are kept, 1 to 365; without it, until they are deleted by hand",
  },
  "keep-at-most": { value: "backups", about: "how many of them are kept at most" },
} as const;

const create = verb({
  about: "make backups by themselves, by five-field cron",
  of: "database",
  options: { name: { value: "name", about: "what it is called" }, ...TIMES },
  examples: [
    [
      'schedules create --name nightly --cron "0 3 * * *" --cron-zone Europe/Berlin --retention-days 30',
      "each night at three",
    ],
  ],
  async run(call, { name, cron, "cron-zone": zone, kind, ...more }) {
    if (name === undefined || cron === undefined) throw call.wrongly("Give --name and --cron");
    const retentionDays = wholeOf(call.verb, "retention-days", more["retention-days"]);
    const keepAtMost = wholeOf(call.verb, "keep-at-most", more["keep-at-most"]);
    const database = await call.database();
    const body = { name, cron, zone, kind, retentionDays, keepAtMost };
    const made = await call.api.post<ScheduleView>(`${database.route}/schedules`, body);
    call.output.answer({ ...made }, () => scheduleLines(made, call.settings.zone));
    return 0;
  },
});

const setDaily = verb({
  about: "set the project's daily backup, by UTC hour and minute",
  of: "database",
  options: {
    hour: { value: "0-23", about: "the UTC hour" },
    minute: { value: "0-59", about: "the minute; 0 where nothing is said" },
    "retention-days": { value: "days", about: "how long its backups are kept, 1 to 365" },
    inactive: { about: "keep it, without runs" },
  },
  examples: [["schedules set-daily --database shop --hour 3 --minute 30 --retention-days 30", "each day at 03:30 UTC"]],
  async run(call, { hour, minute = "0", "retention-days": days, inactive = false }) {
    if (hour === undefined || days === undefined) throw call.wrongly("Give --hour and --retention-days");
    const body = {
      hour: wholeOf(call.verb, "hour", hour),
      minute: wholeOf(call.verb, "minute", minute),
      active: !inactive,
      retention_days: wholeOf(call.verb, "retention-days", days),
    };
    const database = await call.database();
    const path = `${database.v1}/scheduled-backups/default`;
    const { body: made } = await call.api.send<Record<string, string | number | null>>(path, { method: "PUT", body });
    call.output.answer(made, () =>
      factLines(
        ["id", "hour", "minute", "active", "retention_days", "next_run_at"].map((name) => [
          name.replaceAll("_", " "),
          String(made[name]),
        ]),
      ),
    );
    return 0;
  },
});

const pause = changing("pause", "let a schedule rest", { active: false });
const resume = changing("resume", "let a paused schedule run again", { active: true });

function changing(name: string, about: string, change: { active: boolean }) {
  return verb({
    about,
    takes: ["<name|id>"],
    of: "database",
    options: {},
    examples: [[`schedules ${name} nightly`, about]],
    async run(call, _values, [reference = ""]) {
      const database = await call.database();
      const { id, version } = await findSchedule(call, database, reference);
      const path = `${database.route}/schedules/${id}`;
      const { body } = await call.api.send<ScheduleView>(path, { method: "PATCH", body: { ...change, version } });
      call.output.answer({ ...body }, () => scheduleLines(body, call.settings.zone));
      return 0;
    },
  });
}

const run = verb({
  about: "make a schedule's backup now",
  takes: ["<name|id>"],
  of: "database",
  options: {},
  examples: [["schedules run nightly", "beside its usual runs"]],
  async run(call, _values, [reference = ""]) {
    const database = await call.database();
    const { id, name } = await findSchedule(call, database, reference);
    const started = await call.api.post<Record<string, unknown>>(`${database.route}/schedules/${id}/run`, undefined);
    call.output.answer(started, () => [
      `${cleanCell(name)} runs. lastgood backups list --database ${cleanCell(database.name)} shows its backup.`,
    ]);
    return 0;
  },
});

const remove = verb({
  about: "delete a schedule; its backups stay",
  takes: ["<name|id>"],
  of: "database",
  options: { yes: { about: "do not ask" } },
  examples: [["schedules delete nightly --yes", "without being asked"]],
  async run(call, { yes = false }, [reference = ""]) {
    const database = await call.database();
    const found = await findSchedule(call, database, reference);
    const lines = [
      "No more backups are made by this schedule; those that there are stay:",
      ...scheduleLines(found, call.settings.zone),
    ];
    await confirm(call, { lines, name: null, flag: "--yes", given: yes });
    await call.api.delete(`${database.route}/schedules/${found.id}`);
    call.output.answer({ deleted: found.id }, () => ["Deleted."]);
    return 0;
  },
});

async function listSchedules(call: Call, database: FoundDatabase): Promise<ScheduleView[]> {
  return sortSchedules(await call.api.list<{ schedules: ScheduleView }>(`${database.route}/schedules`, "schedules"));
}

async function findSchedule(call: Call, database: FoundDatabase, reference: string): Promise<ScheduleView> {
  const found = (await listSchedules(call, database)).find(
    ({ id, name }) => id === reference.toLowerCase() || name === reference,
  );
  if (found) return found;
  throw new LastgoodError("not_found", `${database.name} has no schedule "${reference.slice(0, 100)}".`, {
    hint: `lastgood schedules list --database ${database.name} names them.`,
  });
}

function scheduleLines(one: ScheduleView, zone: string): string[] {
  return factLines([
    ["schedule", one.name],
    ["id", one.id],
    ["when", `${one.cron} ${one.zone}`],
    ["kind", one.kind],
    [
      "next",
      one.active ? (one.nextRunMs === null ? null : timeWords(one.nextRunMs, zone)) : { text: "paused", as: "warning" },
    ],
    ["kept", one.retentionDays === null ? "until deleted by hand" : `${one.retentionDays} days`],
    ["at most", one.keepAtMost],
  ]);
}

/** Backups by themselves. */
export const schedules = group("schedules", "backups that are made by themselves", {
  list,
  show,
  create,
  "set-daily": setDaily,
  pause,
  resume,
  run,
  delete: remove,
});
