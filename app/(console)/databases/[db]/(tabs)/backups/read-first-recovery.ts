import type { ChosenMoment } from "../../../../../../components/recovery/chosen-moment.ts";
import { type FirstRecovery, firstQuestions } from "../../../../../../components/recovery/first-recovery.ts";
import { LastgoodError } from "../../../../../../lib/domain/errors.ts";
import type { CallContext } from "../../../../../../lib/services/call-context.ts";
import { type OfDatabase, readDensity, readWindow } from "../../../../../../lib/services/history/read-history.ts";
import { readMarks } from "../../../../../../lib/services/history/read-marks.ts";

/** What the Backups tab would ask at once; null where it cannot be answered, which the tab then finds out and says itself. */
export async function readFirstRecovery(
  ctx: CallContext,
  of: OfDatabase,
  chosen: ChosenMoment,
): Promise<FirstRecovery | null> {
  try {
    const window = await readWindow(ctx, of);
    const questions = firstQuestions(window, chosen, Date.now());
    const { fromMs, toMs } = questions.window;
    const [whole, view, marks] = await Promise.all([
      readDensity(ctx, of, questions.window),
      readDensity(ctx, of, questions.view),
      readMarks(ctx, of, { fromMs, toMs, limit: 200 }),
    ]);
    return {
      window,
      densities: [
        { question: questions.window, answer: whole },
        { question: questions.view, answer: view },
      ],
      marks: { question: { fromMs, toMs }, answer: marks },
    };
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}
