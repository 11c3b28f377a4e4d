/**
 * What an agent ends with once another machine has its place, or it was retired: it is not started again, and all that runs beside it
 * ends as well. EX_CONFIG of sysexits.h.
 */
export const DISPLACED_EXIT_CODE = 78;
