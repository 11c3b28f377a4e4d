/** What a check found. `next` is the step that mends it, where there is something to mend. Nothing here ever holds a secret. */
export type Finding = { status: "ok" | "warning" | "problem"; says: string; next?: string };

/** A finding with the check that made it. */
export type Diagnosis = Finding & { check: string };

export const well = (says: string): Finding => ({ status: "ok", says });
export const warning = (says: string, next: string): Finding => ({ status: "warning", says, next });
export const problem = (says: string, next: string): Finding => ({ status: "problem", says, next });

/** These, or that all is well where there are none. */
export const orWell = (found: readonly Finding[], says: string): Finding[] =>
  found.length > 0 ? [...found] : [well(says)];
