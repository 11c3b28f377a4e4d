import { LastgoodError } from "./errors.ts";

/** An agent counts no more: another machine or another run has its place, or it was retired. */
export class Displaced extends LastgoodError {}

/** The metadata know nothing of an agent's run, since they were set back to before it: the agent starts again, and counts again. */
export class SetBack extends LastgoodError {}

/**
 * What an agent ends with once another machine has its place, or it was retired: it is not started again, and all that runs beside it
 * ends as well. EX_CONFIG of sysexits.h.
 */
export const DISPLACED_EXIT_CODE = 78;
