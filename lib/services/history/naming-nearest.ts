import { LastgoodError } from "../../domain/errors.ts";
import type { CallContext } from "../call-context.ts";
import { type OfDatabase, readWindow } from "./read-history.ts";

/** The fields in which our routes take a moment. */
const MOMENT_FIELDS: readonly unknown[] = ["snapshotId", "bookmark", "timestamp"];

/**
 * Runs what reads or resolves a caller's moment. A refusal of that moment (400) which names no nearest ones gets the ends of
 * the recovery window: `nearest.afterMs` its oldest restorable moment, `nearest.beforeMs` its newest, Unix milliseconds.
 */
export async function namingNearest<T>(ctx: CallContext, of: OfDatabase, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw error instanceof LastgoodError && lacksNearest(error) ? await nameEnds(ctx, of, error) : error;
  }
}

function lacksNearest({ status, details: { field, nearest } }: LastgoodError): boolean {
  return (
    status === 400 && MOMENT_FIELDS.includes(field) && nearest?.beforeMs === undefined && nearest?.afterMs === undefined
  );
}

async function nameEnds(ctx: CallContext, of: OfDatabase, refusal: LastgoodError): Promise<LastgoodError> {
  try {
    const { spans } = await readWindow(ctx, of);
    const [oldest, newest] = [spans[0], spans.at(-1)];
    if (!oldest || !newest) return refusal;
    const nearest = { beforeMs: newest.toMs, afterMs: oldest.fromMs };
    return new LastgoodError(refusal.code, refusal.message, { ...refusal.details, nearest }, { cause: refusal });
  } catch (error) {
    // Whoever may not read the window, or cannot now, still gets the refusal itself.
    if (error instanceof LastgoodError) return refusal;
    throw error;
  }
}
