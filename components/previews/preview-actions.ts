import type { ActionResult, RestoreView } from "../../lib/client/api-types.ts";
import type { ExtendPreviewBody, PreviewView } from "../../lib/client/preview-types.ts";
import type { AskAction } from "../approvals/approval-actions.ts";
import type { AroundBody } from "../restores/restore-actions.ts";

type OfDatabase = { namespace: string; database: string };

export type CutoverInput = OfDatabase &
  AroundBody & {
    previewId: string;
    /** The preview's state that was shown. */
    at: string;
    /** The project's name as it was typed. */
    confirmName: string;
    reason: string;
    planDigest: string;
  };

/** The server actions for previews, handed in by the page. */
export type PreviewActions = {
  extend: (input: OfDatabase & ExtendPreviewBody) => Promise<ActionResult<PreviewView>>;
  remove: (input: OfDatabase & { confirmName: string }) => Promise<ActionResult<null>>;
  /** `database` is the project. */
  cutover: (input: CutoverInput) => Promise<ActionResult<RestoreView>>;
  /** Where others must allow the cutover first. */
  ask: AskAction;
};

/** What pages need to know of a preview to act on it. */
export type ShownPreview = Pick<
  PreviewView,
  "id" | "name" | "parentId" | "parentName" | "expiresAtMs" | "sourceTimeMs"
>;
