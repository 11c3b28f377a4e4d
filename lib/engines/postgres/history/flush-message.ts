/**
 * The prefix of the message that asks a server to write its log down now: `SELECT pg_logical_emit_message(true, 'lastgood-flush', '')`.
 * It commits, and so proves which time the log has reached; the index counts such a commit as the proof of its time and as nothing
 * else: it has no bookmark and no number, so that asking changes no history.
 */
export const FLUSH_PREFIX = "lastgood-flush";

/**
 * The prefix of the message with which a stretch begins, `SELECT pg_logical_emit_message(true, 'lastgood', <restoreId>)`; where no restore
 * made it, it says `made`, after lost log `gap`. It counts as a commit.
 */
export const RESTORE_PREFIX = "lastgood";
