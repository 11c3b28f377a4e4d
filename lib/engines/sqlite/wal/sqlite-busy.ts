/** Whether SQLite refused because of another connection's lock (SQLITE_BUSY in any of its extended forms). */
export function isBusy(error: unknown): boolean {
  return sqliteCodeOf(error) === 5;
}

/** SQLite's primary result code of an error that node:sqlite threw, or null when it is another error. */
export function sqliteCodeOf(error: unknown): number | null {
  if (!(error instanceof Error) || !("errcode" in error) || typeof error.errcode !== "number") return null;
  return error.errcode & 255;
}
