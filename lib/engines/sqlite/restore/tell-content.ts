import type { RestoreCheck } from "../../../domain/restore-check.ts";
import type { Run } from "../../engine.ts";
import type { EngineContext } from "../engine-context.ts";

/** How the commit that a restore made compares with its moment, page for page. */
export type ContentVerdict = { as: "same" } | { as: "other"; problem: string } | { as: "unknown"; because: string };

/**
 * Has it written down how that comparison ended. The restore took place by then: that this cannot be written down is logged and no
 * more.
 */
export async function tellContent(
  { checks }: Pick<Run, "checks">,
  log: EngineContext["log"],
  { verdict, pages, startedMs }: { verdict: ContentVerdict; pages: number; startedMs: number },
): Promise<void> {
  const durationMs = Math.round(performance.now() - startedMs);
  const check = { check: "content" as const, durationMs, ...wordsOf(verdict, pages) };
  try {
    await checks?.ended(check);
  } catch (error) {
    log.warn({ err: error, check }, "what was checked of a restore is not written down");
  }
}

function wordsOf(verdict: ContentVerdict, count: number): Pick<RestoreCheck, "outcome" | "read" | "text"> {
  if (verdict.as === "unknown")
    return { outcome: "skipped", read: null, text: `Not compared, since ${verdict.because}.` };
  if (verdict.as === "other") return { outcome: "failed", read: null, text: verdict.problem };
  const text = "What was written was read back from the history, and is that moment's, page for page.";
  return { outcome: "passed", read: { count, unit: "page" }, text };
}
