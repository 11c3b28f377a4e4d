import { fromWireError, isErrorCode, LastgoodError } from "../domain/errors.ts";
import type { ProblemDetails } from "./api-types.ts";

function isProblem(value: unknown): value is ProblemDetails {
  return typeof value === "object" && value !== null && "code" in value && "detail" in value;
}

/** Turns a refused answer into the error it was on the server; `details.requestId` and `details.status` go along. */
export async function readRefusal(response: Response): Promise<LastgoodError> {
  const text = await response.text();
  let body: unknown = null;
  try {
    body = JSON.parse(text);
  } catch {
    body = null;
  }
  if (!isProblem(body)) {
    return new LastgoodError("internal", `The console answered ${response.status} without saying why.`, {
      status: response.status,
    });
  }
  const { type: _type, title: _title, status, detail, code, ...details } = body;
  return fromWireError({
    code: isErrorCode(code) ? code : "internal",
    message: detail,
    details: { ...details, status },
  });
}
