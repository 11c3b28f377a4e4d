import type { BookmarkView } from "../../client/api-types.ts";
import { formatAgo } from "../../client/format-duration.ts";
import { resolveMoment, timeWords } from "../remote/moment.ts";
import { factLines } from "../text/table.ts";
import { alone, verb } from "../verb.ts";

/** Which commit a moment means. */
export const bookmark = alone(
  "bookmark",
  verb({
    about: "which committed state a moment means: the newest one at or before it; without a moment, the newest of all",
    takes: ["[moment]"],
    of: "database",
    options: {},
    examples: [
      ["bookmark --database shop", "the newest committed state"],
      ['bookmark "14:32:05 UTC"', "the state of that second today"],
      ["bookmark --json | jq -r .bookmark", "for a script: what to go back to, should this go wrong"],
    ],
    notes: [
      "A moment is a clock time, a date with or without one, `5 minutes ago`, `yesterday 14:00`, Unix time, RFC 3339, a bookmark or a label. What has no zone of its own is read in --zone.",
    ],
    async run(call, _values, [text]) {
      const database = await call.database();
      const { zone } = call.settings;
      const asked = text === undefined ? null : await resolveMoment(call, database, text);
      const query = asked === null ? {} : { bookmark: asked.bookmark };
      const view = await call.api.get<BookmarkView>(`${database.route}/bookmark`, query);
      const askedMs = asked?.asked.kind === "time" ? asked.asked.atMs : view.askedMs;
      call.output.answer({ ...view, askedMs }, () =>
        factLines([
          ["bookmark", view.bookmark],
          ["time", timeWords(view.timeMs, zone)],
          ["ago", formatAgo(view.timeMs, Date.now())],
          ["asked for", askedMs === null ? null : timeWords(askedMs, zone)],
        ]),
      );
      return 0;
    },
  }),
);
