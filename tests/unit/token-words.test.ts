import { describe, expect, test } from "vitest";
import { describeActions, MEANINGS } from "../../components/tokens/token-words.ts";
import { type Action, ALL_ACTIONS } from "../../lib/domain/actions.ts";
import { actionsOfPreset, effectOf, sizeOfGrant, TOKEN_PRESETS } from "../../lib/domain/token-grants.ts";

const owner = { role: "owner", scopes: "all" } as const;
/** Done by people alone: no token gets anywhere with them. */
const FOR_PEOPLE: readonly Action[] = ["namespace.undelete", "member.leave"];

describe("what a token can do, in words,", () => {
  test("leaves no action out that destroys or says who may do what", () => {
    const told = MEANINGS.flatMap(({ actions }) => actions);
    const grave = ALL_ACTIONS.filter((action) => ["destroys", "governs"].includes(effectOf(action)));
    expect(grave.filter((action) => !told.includes(action) && !FOR_PEOPLE.includes(action))).toEqual([]);
  });

  test("says of each meaning that it can or that it cannot, never both", () => {
    for (const preset of TOKEN_PRESETS) {
      const { can, cannot } = describeActions(actionsOfPreset(preset, owner, "all"));
      for (const { words } of MEANINGS) expect([can.includes(words), cannot.includes(words)]).toContain(true);
      for (const { words } of MEANINGS) expect(can.includes(words) && cannot.includes(words), words).toBe(false);
    }
  });

  test("tells of the default what matters: it cannot restore or delete", () => {
    const { can, cannot } = describeActions(actionsOfPreset("no-destroy", owner, "all"));
    expect(can).toContain("query and write hosted databases");
    expect(cannot).toMatch(/^It cannot restore in place, delete databases, .* or manage members\.$/);
  });

  test("is empty for nothing, and everything has nothing it cannot do", () => {
    expect(describeActions([]).can).toBe("");
    expect(describeActions(ALL_ACTIONS).cannot).toBe("");
    expect(describeActions(["job.read"]).can).toBe("It can do next to nothing.");
  });
});

describe("the size of a grant", () => {
  test("is what a stolen token could do at worst", () => {
    const sizes = TOKEN_PRESETS.map((preset) => sizeOfGrant(actionsOfPreset(preset, owner, "all")));
    expect(sizes).toEqual(["cannot-destroy", "reads-only", "can-destroy"]);
    expect(sizeOfGrant("all")).toBe("everything");
    expect(sizeOfGrant(["database.read", "restore.project"])).toBe("can-destroy");
    expect(sizeOfGrant(["token.create"])).toBe("can-destroy");
    expect(sizeOfGrant([])).toBe("reads-only");
  });
});
