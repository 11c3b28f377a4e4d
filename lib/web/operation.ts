import type { z } from "zod";
import type { Action } from "../domain/actions.ts";
import type { ErrorCode } from "../domain/errors.ts";

/** The groups of the API reference, in its order, each with what it is for. */
export const TAGS = {
  Databases: "What is protected: attach, create, change, delete, bring back.",
  History: "The recovery window, bookmarks, commits, differences, and SQL over any moment.",
  Labels: "Snapshots: names for moments, and for backups.",
  Restores: "Plan a restore, run it in place, follow it, cancel it.",
  "Rows given back": "Chosen rows of the past, written into the present.",
  Previews: "Restored copies of a database with a life of their own.",
  Backups: "Stored copies, what is kept of them, and where they lie.",
  Schedules: "When backups are made by themselves.",
  Alarms: "What is wrong, who knows of it, and how people are told.",
  Drills: "Restores into a throwaway, checked and timed, with a signed receipt.",
  Agents:
    "The machines that databases live on: list, enrol, retire; how their disks stand, and what gives way when they are full.",
  "Second copies": "What the bucket holds, and databases brought back from it.",
  Approvals: "What a database asks of those who would change its past.",
  Members: "Who belongs to a namespace.",
  Tokens: "API tokens and what they may do.",
  Audit: "Who did what.",
  Webhooks: "Telling other systems what happened.",
  Integrations: "Deployments that learn a new connection after a restore.",
  "v1 projects": "Backups, restore points, restores and cutover of a project, in snake case.",
  "v1 databases": "Point-in-time recovery into a new database, in snake case.",
  "Backup block": "The one database that the server's configuration names. Its base path can be configured.",
  "D1 API": "What wrangler and the cloudflare SDKs call. The account is the namespace.",
  System: "Health, and this document.",
} as const;
export type Tag = keyof typeof TAGS;

/** Headers that answers carry beside those of HTTP itself. */
export const ANSWER_HEADERS = {
  location: "Where the thing that was made or begun is read.",
  "x-lastgood-bookmark": "The bookmark of the state that was read or written.",
  "x-lastgood-size": "The bytes of the whole file.",
  "x-lastgood-sha256": "SHA-256 of the whole file, in hex.",
  "accept-ranges": "A download that broke off goes on with Range.",
  "content-disposition": "The file's name.",
  etag: "Names this answer: send it as If-None-Match, and 304 says that nothing changed.",
  "preference-applied": "respond-async, where the caller's Prefer was followed.",
} as const;

/** One way in which a call ends well. Without `schema` and `contentType` it has no body. */
export type Answer = {
  says: string;
  /** Of a JSON body. */
  schema?: z.ZodType;
  /** Of a body that is no JSON: one, or several where the call says which. */
  contentType?: string | readonly string[];
  headers?: readonly (keyof typeof ANSWER_HEADERS)[];
};

/** What a method of a route tells about itself, beside the schemas that it checks its input with. */
export type OperationWords = {
  /** `operationId`: verb and noun, unique in the document. */
  id: string;
  tag: Tag;
  /** One line, in the imperative. */
  summary: string;
  description?: string;
  /** The right that a caller needs, one of several where it depends on what is asked; null: none is asked. */
  action: Action | readonly Action[] | null;
  /** Parameters of the path that need other words than those every route uses for them. */
  params?: Readonly<Record<string, string>>;
  answers: Readonly<Record<number, Answer>>;
  /** How it is refused, beside what every call may be: see `COMMON_ERRORS`. */
  errors?: readonly ErrorCode[];
};

/** Everything the document needs to know about one method of a route. */
export type Operation = OperationWords & {
  query?: z.ZodType | undefined;
  body?: z.ZodType | undefined;
  /** A body may also be left out. */
  bodyIsOptional?: boolean;
  /** Of a body that is no JSON: what it holds. */
  bodyType?: { contentType: string; says: string };
  /** Takes `Idempotency-Key`. */
  isIdempotent?: boolean;
  /** Waits for the end unless `Prefer: respond-async` asks not to. */
  waits?: boolean;
  /** Answers strangers. */
  isPublic?: boolean;
  /** What its refusals look like where they are no problem details. */
  refusal?: { contentType: string; schema: z.ZodType };
};

const METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"] as const;
export type Method = (typeof METHODS)[number];
export type Operations = Partial<Record<Method, Operation>>;

/** Known to every copy of this module: each bundle of the console has one. */
const OPERATION = Symbol.for("lastgood.operation");
type Described = { [OPERATION]?: Operation };

/** Has the handlers of a route say what their methods do; `openApiDocument` reads it from them. */
export function describeHandlers<Handlers extends Partial<Record<Method, object>>>(
  handlers: Handlers,
  operations: Operations,
): Handlers {
  for (const method of METHODS) {
    const [handler, operation] = [handlers[method], operations[method]];
    if (handler && operation) (handler as Described)[OPERATION] = operation;
  }
  return handlers;
}

/** What the methods of a route file do; empty where it does not tell. */
export function operationsOf(exported: Readonly<Record<string, unknown>>): Operations {
  const found: Operations = {};
  for (const method of METHODS) {
    const operation = (exported[method] as Described | undefined)?.[OPERATION];
    if (operation) found[method] = operation;
  }
  return found;
}
