import type { WindowView } from "../../client/api-types.ts";
import { formatDuration } from "../../client/format-duration.ts";
import { timeWords } from "../remote/moment.ts";
import { factLines, tableLines } from "../text/table.ts";
import { alone, verb } from "../verb.ts";

/** The recovery window: from when to when, and where it has holes. */
export const window = alone(
  "window",
  verb({
    about: "from which moments a database can be restored, its gaps named",
    of: "database",
    options: {},
    examples: [["window --database shop", "the oldest and the newest moment, and what lies between"]],
    async run(call) {
      const database = await call.database();
      const view = await call.api.get<WindowView>(`${database.route}/window`);
      const { zone } = call.settings;
      const state = (one: WindowView["oldest"]) => one && `${timeWords(one.timeMs, zone)}  ${one.bookmark}`;
      const holes = [
        ...view.gaps.map((gap) => ({ ...gap, what: "gap" })),
        ...view.damaged.map((gap) => ({ ...gap, what: "damaged" })),
        ...view.suspect.map((gap) => ({ ...gap, what: "doubtful" })),
      ].toSorted((a, b) => a.fromMs - b.fromMs);
      call.output.answer({ ...view }, () => [
        ...factLines([
          ["database", database.name],
          ["oldest", state(view.oldest) ?? "nothing is captured yet"],
          ["newest", state(view.newest)],
          ["complete", view.capturedThroughMs === null ? null : `up to ${timeWords(view.capturedThroughMs, zone)}`],
          ["window", `${view.windowDays} days`],
          ["gaps", holes.length === 0 ? "none" : null],
        ]),
        ...(holes.length === 0
          ? []
          : [
              "",
              ...tableLines(
                [
                  { head: "what" },
                  { head: "from" },
                  { head: "to" },
                  { head: "length", align: "right" },
                  { head: "why" },
                ],
                holes.map(({ what, fromMs, toMs, reason }) => [
                  { text: what, as: "warning" },
                  timeWords(fromMs, zone),
                  timeWords(toMs, zone),
                  formatDuration(toMs - fromMs),
                  reason,
                ]),
              ),
            ]),
      ]);
      return 0;
    },
  }),
);
