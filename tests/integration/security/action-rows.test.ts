import { expect, test } from "vitest";
import { namedActions } from "../../world/server-actions.ts";
import { ACTION_ROWS } from "./action-rows.ts";

test("every server action has a row, and every row an action", () => {
  expect(namedActions().length).toBeGreaterThan(10);
  expect(Object.keys(ACTION_ROWS).toSorted()).toEqual(namedActions().toSorted());
});
