import type { ErrorCode } from "../domain/errors.ts";

/** Groups of refusals that several operations share, for what they tell about themselves. */

/** Of what reads the history of a database. */
export const HISTORY_ERRORS = [
  "not_protected",
  "history_damaged",
  "restoring",
  "not_supported",
  "storage_unavailable",
] as const satisfies readonly ErrorCode[];

/** Of what is asked about one moment. */
export const MOMENT_ERRORS = [
  "invalid_moment",
  "moment_in_future",
  "moment_outside_window",
  "moment_in_gap",
  "foreign_bookmark",
  "restore_point_unrecoverable",
  ...HISTORY_ERRORS,
] as const satisfies readonly ErrorCode[];

/** Of what needs a right that was confirmed, or that the database's policy gives to others as well. */
export const GUARDED_ERRORS = [
  "conflict",
  "confirmation_mismatch",
  "confirmation_needed",
  "approval_required",
] as const satisfies readonly ErrorCode[];

/** Of what reads or writes backups where they are stored. */
export const STORAGE_ERRORS = [
  "storage_full",
  "storage_unavailable",
  "storage_damaged",
  "storage_key_missing",
] as const satisfies readonly ErrorCode[];

/** Of a restore, from its plan to its end. */
export const RESTORE_ERRORS = [
  ...MOMENT_ERRORS,
  ...GUARDED_ERRORS,
  ...STORAGE_ERRORS,
  "restore_conflict",
  "restore_failed",
  "cancelled",
  "committed_not_protected",
] as const satisfies readonly ErrorCode[];

/** Of SQL that somebody has run. */
export const SQL_ERRORS = [
  "sql_error",
  "sql_denied",
  "query_timeout",
  "query_cancelled",
  "payload_too_large",
] as const satisfies readonly ErrorCode[];

/** Of what is sent to an address that somebody gave. */
export const ADDRESS_ERRORS = ["address_refused", "address_silent"] as const satisfies readonly ErrorCode[];
