import { fromWireError, isErrorCode, LastgoodError } from "../domain/errors.ts";
import type { UploadView } from "./api-types.ts";

type UploadOptions = {
  signal: AbortSignal;
  /** Where the database is to be; left out: where it usually is. */
  region?: string;
  progress: (sentBytes: number, totalBytes: number) => void;
};

/**
 * Sends a database file to the agent and tells how far it is; `fetch` cannot. Rejects with `LastgoodError`, and with
 * `cancelled` once the signal is aborted.
 */
export function uploadWithProgress(
  namespace: string,
  file: Blob,
  { signal, region, progress }: UploadOptions,
): Promise<UploadView> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const where = region === undefined ? "" : `?${new URLSearchParams({ region })}`;
    request.open("PUT", `/api/namespaces/${encodeURIComponent(namespace)}/uploads${where}`);
    request.setRequestHeader("content-type", "application/octet-stream");
    request.setRequestHeader("accept", "application/json");
    request.responseType = "json";
    request.upload.onprogress = (event) => progress(event.loaded, event.total);
    request.onload = () => {
      if (request.status < 300 && isUpload(request.response)) resolve(request.response);
      else reject(toError(request.response, request.status));
    };
    request.onerror = () => reject(unreachable());
    request.onabort = () => reject(new LastgoodError("cancelled", "The upload was stopped."));
    signal.addEventListener("abort", () => request.abort(), { once: true });
    request.send(file);
  });
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isUpload = (value: unknown): value is UploadView => isObject(value) && typeof value.uploadId === "string";

function unreachable(): LastgoodError {
  return new LastgoodError("agent_unavailable", "The connection broke while the file was being sent.", {
    hint: "Check that Lastgood is running, then try again.",
  });
}

function toError(body: unknown, status: number): LastgoodError {
  if (!isObject(body) || typeof body.code !== "string") {
    return new LastgoodError("internal", `The console answered ${status} without saying why.`);
  }
  const { type: _type, title: _title, status: _status, detail, code, ...details } = body;
  return fromWireError({
    code: isErrorCode(code as string) ? (code as Parameters<typeof fromWireError>[0]["code"]) : "internal",
    message: String(detail),
    details,
  });
}
