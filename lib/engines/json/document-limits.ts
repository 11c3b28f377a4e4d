import { LastgoodError } from "../../domain/errors.ts";

/** What a document may be at most: larger ones are neither written nor read. */
export type DocumentLimits = {
  /** Bytes of the whole document. */
  documentBytes: number;
  /** Bytes of its first line, which describes the tables. */
  manifestBytes: number;
  /** Bytes of one row as it stands in the document. */
  rowBytes: number;
};

export const DOCUMENT_LIMITS: DocumentLimits = {
  documentBytes: 8 * 1024 ** 3,
  manifestBytes: 16 * 1024 ** 2,
  rowBytes: 16 * 1024 ** 2,
};

/** Mebibytes of heap for a process that goes through a document: several copies of its largest row. */
export const DOCUMENT_HEAP_MIB = 160;

/** Rows are read, handed on and written in chunks of so many. */
export const ROWS_PER_CHUNK = 500;

export function documentTooLarge(what: string, limitBytes: number): LastgoodError {
  const limit = limitBytes >= 1024 ** 3 ? `${limitBytes / 1024 ** 3} GiB` : `${limitBytes / 1024 ** 2} MiB`;
  return new LastgoodError(
    "payload_too_large",
    `${what} is larger than ${limit}, more than a portable document holds.`,
    {
      hint: "Leave the table out, or make a physical backup, which has no such limit.",
      outcome: "nothing",
    },
  );
}
