import type { AlarmsView, AlarmView } from "../../client/alarm-types.ts";
import { cellTime } from "../remote/moment.ts";
import { wholeOf } from "../settings/settings.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const list = verb({
  about: "what is wrong, the newest first",
  options: {
    state: { value: "state", about: "open (the default), raised, acknowledged, resolved or all" },
    limit: { value: "alarms", about: "at most so many, up to 100" },
  },
  examples: [
    ["alarms list", "what is raised or acknowledged"],
    ["alarms list --state all", "resolved ones too"],
  ],
  async run(call, { state = "open", limit }) {
    const found = await call.api.get<AlarmsView>(`${call.namespace}/alarms`, {
      state: state === "all" ? undefined : state,
      limit: wholeOf(call.verb, "limit", limit),
    });
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      found.alarms.length === 0
        ? [state === "open" ? "No alarm is open." : "There is none."]
        : tableLines(
            [
              { head: "since" },
              { head: "state" },
              { head: "alarm" },
              { head: "database" },
              { head: "text" },
              { head: "id" },
            ],
            found.alarms.map((one): Cell[] => [
              cellTime(one.sinceMs, zone),
              { text: one.state, as: one.state === "resolved" ? "dim" : one.weight === "urgent" ? "bad" : "warning" },
              one.title,
              one.database?.name ?? null,
              one.text,
              one.id,
            ]),
          ),
    );
    return 0;
  },
});

const acknowledge = verb({
  about: "say that you know of an alarm",
  takes: ["<id>"],
  options: { note: { value: "text", about: "what others should know" } },
  examples: [['alarms acknowledge <id> --note "On my way."', "everybody who is told sees it"]],
  async run(call, { note }, [id = ""]) {
    const path = `${call.namespace}/alarms/${encodeURIComponent(id)}/acknowledge`;
    const alarm = await call.api.post<AlarmView>(path, { note });
    call.output.answer({ ...alarm }, () => [`Acknowledged: ${headOf(alarm)}. It stands until its cause is gone.`]);
    return 0;
  },
});

const resolve = verb({
  about: "say why an alarm needs nothing more",
  takes: ["<id>"],
  options: { reason: { value: "text", about: "why; it is needed" } },
  examples: [['alarms resolve <id> --reason "It was meant."', "not raised again while its cause stands"]],
  async run(call, { reason }, [id = ""]) {
    const path = `${call.namespace}/alarms/${encodeURIComponent(id)}/resolve`;
    const alarm = await call.api.post<AlarmView>(path, { reason });
    call.output.answer({ ...alarm }, () => [`Resolved: ${headOf(alarm)}.`]);
    return 0;
  },
});

const headOf = ({ title, database }: AlarmView) => (database === null ? title : `${title}, ${database.name}`);

/** What is wrong, and who knows of it; who is told is set in the console. */
export const alarms = group("alarms", "what is wrong, and who knows of it", { list, acknowledge, resolve });
