import { LastgoodError } from "./errors.ts";
import { PREVIEW_LIMITS } from "./preview.ts";

/** Where a restore goes when it does not go back in place. Without a name one is made. */
export type RestoreInto =
  | { kind: "new_preview"; name: string | null; ttlHours: number }
  | { kind: "new_database"; name: string | null }
  | { kind: "preview"; previewId: string };

/** The same as it arrives, each field checked on its own already. */
export type RestoreTargetInput = {
  target?: "project" | RestoreInto["kind"] | undefined;
  name?: string | undefined;
  previewId?: string | undefined;
  ttlHours?: number | undefined;
};

const FITTING: Record<NonNullable<RestoreTargetInput["target"]>, readonly string[]> = {
  project: [],
  new_preview: ["name", "ttlHours"],
  new_database: ["name"],
  preview: ["previewId"],
};

/**
 * Takes a target with what fits it; `project` is null. What belongs to another target is `invalid_input`: whoever gave it
 * meant something else. `names` are the fields' names as the caller knows them.
 */
export function parseRestoreTarget(
  { target = "project", ...given }: RestoreTargetInput,
  names: Partial<Record<keyof RestoreTargetInput, string>> = {},
): RestoreInto | null {
  const nameOf = (field: keyof RestoreTargetInput) => names[field] ?? field;
  for (const field of ["name", "previewId", "ttlHours"] as const) {
    if (given[field] === undefined || FITTING[target].includes(field)) continue;
    throw new LastgoodError("invalid_input", `${nameOf(field)} has no meaning for the target ${target}.`, {
      field: nameOf(field),
      hint: `Leave it out, or choose another ${nameOf("target")}.`,
    });
  }
  const { name = null, previewId, ttlHours = PREVIEW_LIMITS.defaultTtlHours } = given;
  if (target === "project") return null;
  if (target === "new_preview") return { kind: target, name, ttlHours };
  if (target === "new_database") return { kind: target, name };
  if (previewId !== undefined) return { kind: target, previewId };
  throw new LastgoodError("invalid_input", "Which preview is to be overwritten?", {
    field: nameOf("previewId"),
    hint: `Give ${nameOf("previewId")}, the preview's id.`,
  });
}
