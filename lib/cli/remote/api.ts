import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { LastgoodError } from "../../domain/errors.ts";
import { readEveryPage } from "../../domain/read-every-page.ts";
import { CliError } from "../cli-error.ts";
import { explainFailure } from "./explain-failure.ts";
import { notLastgood, readAnswer, requireAnswer } from "./read-answer.ts";

export type ApiOptions = { url: string; token: string | null; tokenFrom: string; timeoutMs: number };
export type Ask = {
  method?: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  query?: Readonly<Record<string, string | number | undefined>>;
  body?: unknown;
  /**
   * The key under which the route does the same call once, however often it arrives: then it is repeated when the network
   * fails. `true`: a new one.
   */
  idempotencyKey?: string | true | undefined;
  headers?: Readonly<Record<string, string>>;
  timeoutMs?: number;
  /** A status that is an answer here, though it says no. */
  alsoFine?: number;
  /** Takes the answer's text apart; JSON.parse where nothing is said. */
  parse?: (text: string) => unknown;
};
export type Answer<T> = { status: number; headers: Headers; body: T };

/** Pauses before a repeat, milliseconds; a console that restarts is back after a few seconds. */
const PAUSES_MS = [200, 600, 1500];
const LONGEST_RETRY_AFTER_MS = 5000;

/**
 * Asks a console over its REST API. Every call throws `LastgoodError` with what was refused, or `CliError`: `unreachable`,
 * `bad_answer`, `timed_out`. What may be repeated is, a few times, when nobody answers or the console says to come again.
 */
export class Api {
  readonly url: string;
  readonly #token: string | null;
  readonly #tokenFrom: string;
  readonly #timeoutMs: number;

  constructor({ url, token, tokenFrom, timeoutMs }: ApiOptions) {
    this.url = url;
    this.#token = token;
    this.#tokenFrom = tokenFrom;
    this.#timeoutMs = timeoutMs;
  }

  async get<T>(path: string, query: Ask["query"] = {}, more: Ask = {}): Promise<T> {
    return (await this.send<T>(path, { ...more, query })).body;
  }

  /** A list, read page by page to its end: what each row of it stands under is `name`. */
  async list<Rows extends Record<string, unknown>>(
    path: string,
    name: keyof Rows & string,
  ): Promise<Rows[keyof Rows][]> {
    type Page = { [Name in keyof Rows]: Rows[Name][] } & { next: string | null };
    return (await this.pages<Page>(path)).flatMap((page) => page[name]);
  }

  /** All pages of a list, for what stands in them beside the rows. */
  pages<Page extends { next: string | null }>(path: string, query: Ask["query"] = {}): Promise<[Page, ...Page[]]> {
    return readEveryPage((after) => this.get<Page>(path, { ...query, after }));
  }

  async post<T>(path: string, body: unknown, more: Ask = {}): Promise<T> {
    return (await this.send<T>(path, { ...more, method: "POST", body })).body;
  }

  async delete(path: string): Promise<void> {
    await this.send(path, { method: "DELETE" });
  }

  async send<T>(path: string, ask: Ask = {}): Promise<Answer<T>> {
    const { timeoutMs = this.#timeoutMs, parse = JSON.parse } = ask;
    return this.#repeating(ask, async (key) => {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await this.#fetch(path, ask, key, signal);
      const text = await this.#guard(path, ask, signal, () => readAnswer(response));
      const body = requireAnswer(this.url, response, text, parse, ask.alsoFine);
      return { status: response.status, headers: response.headers, body: body as T };
    });
  }

  /** An answer that is not JSON and may be long: a file. Its bytes are the caller's to read. */
  async download(path: string, query: Ask["query"] = {}): Promise<Response> {
    const ask = { query };
    return this.#repeating(ask, async () => {
      const abort = new AbortController();
      const timer = setTimeout(() => abort.abort(new DOMException("slow", "TimeoutError")), this.#timeoutMs);
      try {
        const response = await this.#fetch(path, ask, null, abort.signal);
        if (response.ok) {
          if (/text\/html/i.test(response.headers.get("content-type") ?? "")) throw notLastgood(this.url, response, "");
          return response;
        }
        requireAnswer(this.url, response, await response.text(), JSON.parse);
        throw notLastgood(this.url, response, "");
      } finally {
        clearTimeout(timer);
      }
    });
  }

  /** Uploads a file's bytes. */
  async upload<T>(path: string, file: Blob): Promise<T> {
    const timeoutMs = Math.max(this.#timeoutMs, 3_600_000);
    const headers = { "content-type": "application/octet-stream" };
    return (await this.send<T>(path, { method: "PUT", body: file, headers, timeoutMs })).body;
  }

  async #repeating<T>(ask: Ask, once: (key: string | null) => Promise<T>): Promise<T> {
    const { method = "GET", idempotencyKey } = ask;
    const key = idempotencyKey === true ? randomUUID() : (idempotencyKey ?? null);
    for (let attempt = 0; ; attempt++) {
      try {
        return await once(key);
      } catch (error) {
        const pauseMs = PAUSES_MS[attempt];
        const wait = pauseMs === undefined ? null : pauseBefore(error, pauseMs, method === "GET" || key !== null);
        if (wait === null) throw this.#explainRefusal(withKey(error, key));
        await sleep(wait);
      }
    }
  }

  async #fetch(path: string, ask: Ask, key: string | null, signal: AbortSignal): Promise<Response> {
    const { method = "GET", body, headers = {} } = ask;
    const isBytes = body instanceof Blob;
    return this.#guard(path, ask, signal, () =>
      fetch(`${this.url}${path}${toSearch(ask.query)}`, {
        method,
        signal,
        redirect: "manual",
        headers: {
          accept: "application/json",
          ...(this.#token === null ? {} : { authorization: `Bearer ${this.#token}` }),
          ...(body === undefined || isBytes ? {} : { "content-type": "application/json" }),
          ...(key === null ? {} : { "idempotency-key": key }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: isBytes ? body : JSON.stringify(body) }),
      }),
    );
  }

  async #guard<T>(path: string, { method = "GET", timeoutMs }: Ask, signal: AbortSignal, work: () => Promise<T>) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof CliError) throw error;
      if (signal.aborted) throw tooSlow(this.url, method, path, timeoutMs ?? this.#timeoutMs, error);
      throw explainFailure(this.url, error);
    }
  }

  /** The refusal with what helps the one who types: whose token it was, and where its successor comes from. */
  #explainRefusal(error: unknown): unknown {
    if (!(error instanceof LastgoodError)) return error;
    if (error.code !== "unauthenticated") return error;
    const hint =
      this.#token === null
        ? `No token was given (${this.#tokenFrom}). Set LASTGOOD_TOKEN, or keep one with lastgood profiles add.`
        : `The token comes from ${this.#tokenFrom}. It may have expired, been revoked, or belong to another console: make one on ${this.url}/tokens.`;
    return new LastgoodError(error.code, error.message, { ...error.details, hint }, { cause: error });
  }
}

function toSearch(query: Ask["query"] = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  return search.size === 0 ? "" : `?${search}`;
}

/** How long to wait before the same call again; null: it must not be repeated, or it would not help. */
function pauseBefore(error: unknown, pauseMs: number, repeatable: boolean): number | null {
  if (error instanceof CliError) {
    const neverSent = error.details.neverSent === true;
    return error.details.mayPass === true && (repeatable || neverSent) ? pauseMs : null;
  }
  if (!(error instanceof LastgoodError) || !repeatable) return null;
  if (!["agent_unavailable", "metadata_unavailable", "rate_limited", "restoring"].includes(error.code)) return null;
  const afterMs = (error.details.retryAfterSeconds ?? 0) * 1000;
  return afterMs > LONGEST_RETRY_AFTER_MS ? null : Math.max(pauseMs, afterMs);
}

/** Whoever does not know whether a call arrived can send it again under the same key. */
function withKey(error: unknown, key: string | null): unknown {
  if (!(error instanceof CliError) || key === null || error.details.neverSent === true) return error;
  const hint = `${error.details.hint ?? ""}\nIt may have arrived. Repeat it with --idempotency-key ${key}: then it happens once.`;
  return new CliError(
    error.code,
    error.message,
    { ...error.details, hint: hint.trim(), idempotencyKey: key },
    { cause: error },
  );
}

function tooSlow(url: string, method: string, path: string, timeoutMs: number, cause: unknown): CliError {
  const asked = `${method} ${path.slice(0, 200)}`;
  return new CliError(
    "timed_out",
    `${url} did not answer ${asked} within ${timeoutMs / 1000} s.`,
    { hint: `Look at ${url}/api/health, or give it longer with --timeout.`, asked },
    { cause },
  );
}
