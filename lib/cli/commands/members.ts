import type { MemberView } from "../../client/member-types.ts";
import { sortMembers } from "../../client/sort-rows.ts";
import { cellTime } from "../remote/moment.ts";
import { type Cell, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";

const list = verb({
  about: "who belongs to the namespace, and as what",
  options: {},
  examples: [["members list", "roles, and who may only read some databases"]],
  async run(call) {
    const all = await call.api.list<{ members: MemberView }>(`${call.namespace}/members`, "members");
    const found = { members: sortMembers(all) };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "e-mail" },
          { head: "role" },
          { head: "since" },
          { head: "last seen" },
          { head: "reads only" },
          { head: "id" },
        ],
        found.members.map((one): Cell[] => [
          one.email,
          one.role,
          cellTime(one.sinceMs, zone),
          cellTime(one.lastSeenMs, zone),
          one.readOnly.length === 0 ? null : one.readOnly.map(({ name }) => name).join(", "),
          one.userId,
        ]),
      ),
    );
    return 0;
  },
});

/** People; they are invited and changed in the console, which asks for a password again. */
export const members = group("members", "people of the namespace", { list });
