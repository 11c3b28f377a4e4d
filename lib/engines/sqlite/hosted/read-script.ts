import { closeSync, openSync, readSync } from "node:fs";
import { LastgoodError } from "../../../domain/errors.ts";
import { type StatementText, splitFinished, splitStatements } from "./split-statements.ts";

const CHUNK_BYTES = 1024 * 1024;
/** A value of two megabytes as hexadecimal digits, and room for more. */
const STATEMENT_LIMIT = 64 * 1024 * 1024;

const BEGIN = /^begin(\s+(deferred|immediate|exclusive))?(\s+transaction)?\s*;?$/i;
const END = /^(commit|end)(\s+transaction)?\s*;?$/i;

/**
 * The statements of a file of SQL in UTF-8, read bit by bit. What other programs put around a whole file, BEGIN and COMMIT, is
 * left out: it is one transaction already. Throws `invalid_input`, `sql_denied`, `payload_too_large`.
 */
export function* readScript(file: string, chunkBytes = CHUNK_BYTES): Generator<StatementText> {
  let hasBegun = false;
  let hasEnded = false;
  for (const statement of statementsOf(file, chunkBytes)) {
    if (hasEnded) throw onlyOne("after its COMMIT");
    if (BEGIN.test(statement.sql)) {
      if (hasBegun) throw onlyOne("a second BEGIN");
      hasBegun = true;
    } else if (hasBegun && END.test(statement.sql)) hasEnded = true;
    else yield statement;
  }
}

function* statementsOf(file: string, chunkBytes: number): Generator<StatementText> {
  let waiting = "";
  let enough = 0;
  for (const text of textsOf(file, chunkBytes)) {
    waiting += text;
    // A long statement is not looked through again with each piece of it.
    if (waiting.length < enough) continue;
    const { statements, rest, lastAt } = splitFinished(waiting);
    yield* statements;
    // Without a statement begun the last token may still be a comment that goes on.
    waiting = waiting.slice(rest ? rest.from : lastAt);
    if (waiting.length > STATEMENT_LIMIT) throw tooLong();
    enough = waiting.length * 2;
  }
  yield* splitStatements(waiting);
}

function* textsOf(file: string, chunkBytes: number): Generator<string> {
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const chunk = Buffer.alloc(chunkBytes);
  const fd = openSync(file, "r");
  try {
    for (let read = readSync(fd, chunk); read > 0; read = readSync(fd, chunk)) {
      yield decoder.decode(chunk.subarray(0, read), { stream: true });
    }
    yield decoder.decode();
  } catch (error) {
    throw error instanceof TypeError ? noText() : error;
  } finally {
    closeSync(fd);
  }
}

function onlyOne(what: string): LastgoodError {
  return new LastgoodError("sql_denied", `A file of SQL is one transaction, and this one goes on with ${what}.`, {
    hint: "Leave BEGIN and COMMIT out of it, or make several files of it.",
  });
}

function tooLong(): LastgoodError {
  return new LastgoodError(
    "payload_too_large",
    `A statement of the file has more than ${STATEMENT_LIMIT} characters.`,
    {
      hint: "Look for a quote or a comment that is not closed.",
    },
  );
}

function noText(): LastgoodError {
  return new LastgoodError("invalid_input", "The file is no text in UTF-8.", {
    hint: "Export it as SQL text; a database file is uploaded on the page for new databases.",
  });
}
