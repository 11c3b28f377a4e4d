import type { ActionResult } from "../../lib/client/api-types.ts";
import type { GiveBackAnswer, GiveBackBody, UndoGiveBackBody } from "../../lib/client/give-back-types.ts";

type OfDatabase = { namespace: string; database: string };

/** The server actions that copy rows from the past into the present, and take that back; handed in by the page. */
export type GiveBackActions = {
  giveBack: (input: OfDatabase & GiveBackBody) => Promise<ActionResult<GiveBackAnswer>>;
  undo: (input: OfDatabase & UndoGiveBackBody) => Promise<ActionResult<GiveBackAnswer>>;
};
