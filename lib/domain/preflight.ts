/** Something found on a file, and what to do about it. `code` is stable; the other two are sentences. */
export type Finding = { code: string; cause: string; remedy: string };

/** What was found on a file before it is attached. Refusals each carry a name and a remedy. */
export type Preflight = {
  /** The path after following nothing: absolute and without `..`. */
  path: string;
  ok: boolean;
  refusals: Finding[];
  warnings: Finding[];
  sizeBytes: number | null;
  pageSizeBytes: number | null;
  journalMode: string | null;
  tables: number | null;
};
