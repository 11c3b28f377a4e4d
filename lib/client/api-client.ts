import type { DatabaseDiff, DiffRows } from "../domain/diff.ts";
import { LastgoodError } from "../domain/errors.ts";
import type { Exposure, WholeExposure } from "../domain/exposure.ts";
import { readEveryPage } from "../domain/read-every-page.ts";
import type { DeliveryStatus } from "../domain/webhook.ts";
import type { AgentsView, EnrolmentView } from "./agent-types.ts";
import type { AlarmSettingsView, AlarmsView } from "./alarm-types.ts";
import type {
  AuditPageView,
  AuditQuery,
  AuditStatusView,
  BookmarkView,
  CommitsView,
  CreateDatabaseBody,
  DatabaseView,
  DeletedDatabaseView,
  DensityView,
  HealthView,
  JobView,
  MarksView,
  NamespaceView,
  PlanView,
  PreflightView,
  RestoreAnswer,
  RestoreSourceBody,
  RestoreView,
  SnapshotView,
  TokenView,
  UploadView,
  WindowView,
} from "./api-types.ts";
import type { ApprovalsView, ApprovalView, PolicyView } from "./approval-types.ts";
import type { BackupsView, BackupView } from "./backup-types.ts";
import type { CopiesView, CopyRestoresView } from "./copy-types.ts";
import type { DiffEnds, DiffRowsQuery } from "./diff-query.ts";
import type { DiskBudgetsView } from "./disk-budget-types.ts";
import type { DrillsView } from "./drill-types.ts";
import type { ErasuresView } from "./erasure-types.ts";
import type { GiveBackPlanBody, GiveBackPlanView } from "./give-back-types.ts";
import type { IntegrationView, PushesView } from "./integration-types.ts";
import { KeptAnswers } from "./kept-answers.ts";
import type { InvitationView, MemberView } from "./member-types.ts";
import type { CutoverPlanView, PreviewsView, PreviewView, RestoreTargetBody } from "./preview-types.ts";
import { readRefusal } from "./read-refusal.ts";
import { readSqlAnswer } from "./read-sql-answer.ts";
import type { RetentionChange, RetentionView } from "./retention-types.ts";
import type { ScheduleDetail, ScheduleView } from "./schedule-types.ts";
import { sortMembers, sortSchedules } from "./sort-rows.ts";
import type { StoreView } from "./store-types.ts";
import type { ViewAnswer, ViewBody } from "./view-types.ts";
import type { DeliveriesView, WebhookView } from "./webhook-types.ts";

/** Ended requests for approval that the inbox shows. */
const ENDED_SHOWN = 50;

/** Where the console is and who asks. In the browser neither is given: same origin, session cookie. */
export type ApiClientOptions = { baseUrl?: string; token?: string };

export type CallOptions = { signal?: AbortSignal | undefined };

type Query = Record<string, string | number | undefined>;
type Request = CallOptions & { method?: string; query?: Query; body?: unknown; headers?: Record<string, string> };

const segment = encodeURIComponent;

function toSearch(query: Query): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value));
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}

/**
 * The typed client of our own REST routes, for the browser and the command line. Every method throws `LastgoodError`:
 * what the server refused, or `agent_unavailable` when the console itself cannot be reached.
 */
export function createApiClient({ baseUrl = "", token }: ApiClientOptions = {}) {
  const kept = new KeptAnswers();

  async function send(
    path: string,
    { method = "GET", query = {}, body, headers = {}, signal }: Request,
  ): Promise<Response> {
    const init: RequestInit = { method, headers: { accept: "application/json", ...headers }, cache: "no-store" };
    if (token !== undefined) init.headers = { ...init.headers, authorization: `Bearer ${token}` };
    if (body instanceof Blob) init.body = body;
    else if (body !== undefined) {
      init.body = JSON.stringify(body);
      init.headers = { ...init.headers, "content-type": "application/json" };
    }
    if (signal) init.signal = signal;
    let response: Response;
    try {
      response = await fetch(`${baseUrl}${path}${toSearch(query)}`, init);
    } catch (cause) {
      if (signal?.aborted) throw cause;
      throw new LastgoodError(
        "agent_unavailable",
        "The console cannot be reached.",
        { hint: "Check that Lastgood is running, then try again." },
        { cause },
      );
    }
    const tellsWhatIsDown = response.status === 503 && path === "/api/health";
    const isKnown = response.status === 304 && "if-none-match" in headers;
    if (!response.ok && !tellsWhatIsDown && !isKnown) throw await readRefusal(response);
    return response;
  }

  async function call<T>(path: string, request: Request = {}): Promise<T> {
    if ((request.method ?? "GET") === "GET") return read<T>(path, request);
    const response = await send(path, request);
    return (response.status === 204 ? null : await response.json()) as T;
  }

  async function read<T>(path: string, request: Request): Promise<T> {
    const address = `${path}${toSearch(request.query ?? {})}`;
    const former = kept.get(address);
    const headers = { ...request.headers, ...(former && { "if-none-match": former.etag }) };
    const response = await send(path, { ...request, headers });
    const value = response.status === 304 && former ? former.value : await response.json();
    kept.keep(address, response.headers.get("etag"), value);
    return value as T;
  }

  /** A list that pages show whole, read to its end. */
  async function list<Rows extends Record<string, unknown>>(
    name: keyof Rows & string,
    path: string,
    options: CallOptions,
  ): Promise<Rows[keyof Rows][]> {
    type Page = { [Name in keyof Rows]: Rows[Name][] } & { next: string | null };
    const pages = await readEveryPage((after) => call<Page>(path, { ...options, query: { after } }));
    return pages.flatMap((page) => page[name]);
  }

  const inNamespace = (namespace: string) => `/api/namespaces/${segment(namespace)}`;
  const ofDatabase = (namespace: string, database: string) =>
    `${inNamespace(namespace)}/databases/${segment(database)}`;

  return {
    health: (options: CallOptions = {}) => call<HealthView>("/api/health", options),
    openApiDocument: (options: CallOptions = {}) => call<object>("/api/openapi.json", options),
    namespace: (namespace: string, options: CallOptions = {}) => call<NamespaceView>(inNamespace(namespace), options),

    /** By e-mail. */
    members: async (namespace: string, options: CallOptions = {}) =>
      sortMembers(await list<{ members: MemberView }>("members", `${inNamespace(namespace)}/members`, options)),
    invitations: (namespace: string, options: CallOptions = {}) =>
      list<{ invitations: InvitationView }>("invitations", `${inNamespace(namespace)}/invitations`, options),
    tokens: (namespace: string, options: CallOptions = {}) =>
      list<{ tokens: TokenView }>("tokens", `${inNamespace(namespace)}/tokens`, options),
    copies: (namespace: string, options: CallOptions = {}) =>
      call<CopiesView>(`${inNamespace(namespace)}/copies`, options),
    copyRestores: (namespace: string, options: CallOptions = {}) =>
      call<CopyRestoresView>(`${inNamespace(namespace)}/copies/restores?limit=20`, options),
    agents: (namespace: string, options: CallOptions = {}) =>
      call<AgentsView>(`${inNamespace(namespace)}/agents`, options),
    enrolments: (namespace: string, options: CallOptions = {}) =>
      list<{ enrolments: EnrolmentView }>("enrolments", `${inNamespace(namespace)}/agents/enrolments`, options),
    webhooks: (namespace: string, options: CallOptions = {}) =>
      list<{ webhooks: WebhookView }>("webhooks", `${inNamespace(namespace)}/webhooks`, options),
    webhook: (namespace: string, webhookId: string, options: CallOptions = {}) =>
      call<WebhookView>(`${inNamespace(namespace)}/webhooks/${segment(webhookId)}`, options),
    deliveries: (
      namespace: string,
      webhookId: string,
      query: { status?: DeliveryStatus; limit: number },
      options: CallOptions = {},
    ) =>
      call<DeliveriesView>(`${inNamespace(namespace)}/webhooks/${segment(webhookId)}/deliveries`, {
        ...options,
        query,
      }),
    integrations: (namespace: string, options: CallOptions = {}) =>
      list<{ integrations: IntegrationView }>("integrations", `${inNamespace(namespace)}/integrations`, options),
    pushes: (namespace: string, integrationId: string, options: CallOptions = {}) =>
      call<PushesView>(`${inNamespace(namespace)}/integrations/${segment(integrationId)}/pushes`, {
        ...options,
        query: { limit: 20 },
      }),
    deletedDatabases: (namespace: string, options: CallOptions = {}) =>
      list<{ databases: DeletedDatabaseView }>("databases", `${inNamespace(namespace)}/deleted`, options),

    databases: (namespace: string, options: CallOptions = {}) =>
      list<{ databases: DatabaseView }>("databases", `${inNamespace(namespace)}/databases`, options),
    database: (namespace: string, database: string, options: CallOptions = {}) =>
      // Pages ask all the time, and the string is for those who ask for it on purpose.
      call<DatabaseView>(ofDatabase(namespace, database), { ...options, query: { connectionString: "false" } }),
    createDatabase: (namespace: string, body: CreateDatabaseBody, options: CallOptions = {}) =>
      call<DatabaseView & { job: JobView | null }>(`${inNamespace(namespace)}/databases`, {
        ...options,
        method: "POST",
        body,
      }),
    deleteDatabase: (namespace: string, database: string) =>
      call<null>(ofDatabase(namespace, database), { method: "DELETE" }),
    preflight: (namespace: string, body: { path: string; region?: string }, options: CallOptions = {}) =>
      call<PreflightView>(`${inNamespace(namespace)}/preflight`, { ...options, method: "POST", body }),
    upload: (namespace: string, file: Blob, options: CallOptions = {}) =>
      call<UploadView>(`${inNamespace(namespace)}/uploads`, {
        ...options,
        method: "PUT",
        body: file,
        headers: { "content-type": "application/octet-stream" },
      }),

    audit: (namespace: string, query: AuditQuery, options: CallOptions = {}) =>
      call<AuditPageView>(`${inNamespace(namespace)}/audit`, { ...options, query }),
    auditStatus: (namespace: string, options: CallOptions = {}) =>
      call<AuditStatusView>(`${inNamespace(namespace)}/audit/status`, options),

    window: (namespace: string, database: string, options: CallOptions = {}) =>
      call<WindowView>(`${ofDatabase(namespace, database)}/window`, options),
    density: (
      namespace: string,
      database: string,
      range: { fromMs: number; toMs: number; buckets: number },
      options: CallOptions = {},
    ) =>
      call<DensityView>(`${ofDatabase(namespace, database)}/density`, {
        ...options,
        query: { from: range.fromMs, to: range.toMs, buckets: range.buckets },
      }),
    marks: (
      namespace: string,
      database: string,
      { fromMs, toMs, limit }: { fromMs: number; toMs: number; limit?: number },
      options: CallOptions = {},
    ) =>
      call<MarksView>(`${ofDatabase(namespace, database)}/marks`, {
        ...options,
        query: { from: fromMs, to: toMs, limit },
      }),
    commits: (
      namespace: string,
      database: string,
      around: { atMs: number; before: number; after: number },
      options: CallOptions = {},
    ) =>
      call<CommitsView>(`${ofDatabase(namespace, database)}/commits`, {
        ...options,
        query: { at: around.atMs, before: around.before, after: around.after },
      }),
    /** Without a moment: the newest committed state. */
    bookmark: (
      namespace: string,
      database: string,
      at: { timestampMs: number } | { bookmark: string } | null,
      options: CallOptions = {},
    ) =>
      call<BookmarkView>(`${ofDatabase(namespace, database)}/bookmark`, {
        ...options,
        query: at === null ? {} : "bookmark" in at ? { bookmark: at.bookmark } : { timestamp: at.timestampMs },
      }),

    /** Read-only SQL on the state of a moment. */
    view: async (
      namespace: string,
      database: string,
      body: ViewBody,
      options: CallOptions = {},
    ): Promise<ViewAnswer> => {
      const response = await send(`${ofDatabase(namespace, database)}/view`, { ...options, method: "POST", body });
      const results = readSqlAnswer(await response.text()) as ViewAnswer["results"];
      return { results, bookmark: response.headers.get("x-lastgood-bookmark") ?? "" };
    },
    diff: (namespace: string, database: string, ends: DiffEnds, options: CallOptions = {}) =>
      call<DatabaseDiff>(`${ofDatabase(namespace, database)}/diff`, { ...options, query: ends }),
    diffRows: (
      namespace: string,
      database: string,
      { kinds, ...query }: DiffRowsQuery,
      options: CallOptions = {},
    ): Promise<DiffRows> =>
      call<DiffRows>(`${ofDatabase(namespace, database)}/diff/rows`, {
        ...options,
        query: { ...query, kinds: kinds.join(",") },
      }),

    giveBackPlan: (namespace: string, database: string, body: GiveBackPlanBody, options: CallOptions = {}) =>
      call<GiveBackPlanView>(`${ofDatabase(namespace, database)}/give-back/plan`, { ...options, method: "POST", body }),

    snapshots: async (namespace: string, database: string, options: CallOptions = {}) =>
      (await call<{ snapshots: SnapshotView[] }>(`${ofDatabase(namespace, database)}/snapshots`, options)).snapshots,
    createSnapshot: (namespace: string, database: string, label: string) =>
      call<SnapshotView>(`${ofDatabase(namespace, database)}/snapshots`, { method: "POST", body: { label } }),
    deleteSnapshot: (namespace: string, database: string, snapshotId: string) =>
      call<null>(`${ofDatabase(namespace, database)}/snapshots/${segment(snapshotId)}`, { method: "DELETE" }),

    plan: (
      namespace: string,
      database: string,
      source: RestoreSourceBody & RestoreTargetBody,
      options: CallOptions = {},
    ) => call<PlanView>(`${ofDatabase(namespace, database)}/plan`, { ...options, method: "POST", body: source }),
    previews: async (namespace: string, database: string, options: CallOptions = {}): Promise<PreviewsView> => {
      const path = `${ofDatabase(namespace, database)}/previews`;
      const pages = await readEveryPage((after) => call<PreviewsView>(path, { ...options, query: { after } }));
      return { previews: pages.flatMap(({ previews }) => previews), limit: pages[0].limit, next: null };
    },
    extendPreview: (namespace: string, preview: string, ttlHours: number) =>
      call<PreviewView>(`${ofDatabase(namespace, preview)}/extend`, { method: "POST", body: { ttlHours } }),
    cutoverPlan: (namespace: string, database: string, previewId: string, options: CallOptions = {}) =>
      call<CutoverPlanView>(`${ofDatabase(namespace, database)}/cutover/plan`, {
        ...options,
        method: "POST",
        body: { previewId },
      }),
    /** Where the browser downloads a preview's file from, as of a bookmark or of now. */
    downloadPath: (namespace: string, preview: string, bookmark: string | null) =>
      `${ofDatabase(namespace, preview)}/download${toSearch({ bookmark: bookmark ?? undefined })}`,
    erasures: (namespace: string, database: string, options: CallOptions = {}) =>
      call<ErasuresView>(`${ofDatabase(namespace, database)}/erasures`, options),
    diskBudgets: (namespace: string, options: CallOptions = {}) =>
      call<DiskBudgetsView>(`${inNamespace(namespace)}/disk-budgets`, options),
    store: (namespace: string, options: CallOptions = {}) =>
      call<StoreView>(`${inNamespace(namespace)}/store`, options),
    /** The latest backups, or those behind the cursor `after`. */
    backups: (namespace: string, database: string, after: string | null = null, options: CallOptions = {}) =>
      call<BackupsView>(
        `${ofDatabase(namespace, database)}/backups${toSearch({ after: after ?? undefined })}`,
        options,
      ),
    backup: (namespace: string, database: string, idOrKey: string, options: CallOptions = {}) =>
      call<BackupView>(`${ofDatabase(namespace, database)}/backups/${segment(idOrKey)}`, options),
    /** The latest drills with the plan and the newest proof, or those behind the cursor `after`. */
    drills: (namespace: string, database: string, after: string | null = null, options: CallOptions = {}) =>
      call<DrillsView>(`${ofDatabase(namespace, database)}/drills${toSearch({ after: after ?? undefined })}`, options),
    exposure: (namespace: string, database: string, options: CallOptions = {}) =>
      call<Exposure>(`${ofDatabase(namespace, database)}/exposure`, options),
    wholeExposure: (namespace: string, options: CallOptions = {}) =>
      call<WholeExposure>(`${inNamespace(namespace)}/exposure`, options),
    drillReceiptPath: (namespace: string, database: string, drillId: string) =>
      `${ofDatabase(namespace, database)}/drills/${segment(drillId)}/receipt`,
    /** Where the browser downloads what a backup holds from. */
    backupDownloadPath: (namespace: string, database: string, idOrKey: string) =>
      `${ofDatabase(namespace, database)}/backups/${segment(idOrKey)}/download`,
    restore: (namespace: string, database: string, source: RestoreSourceBody, options: CallOptions = {}) =>
      call<RestoreAnswer>(`${ofDatabase(namespace, database)}/restore`, { ...options, method: "POST", body: source }),
    restores: async (namespace: string, database: string, options: CallOptions = {}) =>
      (await call<{ restores: RestoreView[] }>(`${ofDatabase(namespace, database)}/restores`, options)).restores,
    restoreById: (namespace: string, database: string, restoreId: string, options: CallOptions = {}) =>
      call<RestoreView>(`${ofDatabase(namespace, database)}/restores/${segment(restoreId)}`, options),
    policy: (namespace: string, database: string, options: CallOptions = {}) =>
      call<PolicyView>(`${ofDatabase(namespace, database)}/policy`, options),
    /** What retention would delete by limits that are not saved yet. */
    retentionPlan: (namespace: string, database: string, change: RetentionChange, options: CallOptions = {}) =>
      call<RetentionView>(`${ofDatabase(namespace, database)}/retention/plan`, {
        ...options,
        method: "POST",
        body: change,
      }),
    /** By database and name. */
    schedules: async (namespace: string, options: CallOptions = {}) =>
      sortSchedules(
        await list<{ schedules: ScheduleView }>("schedules", `${inNamespace(namespace)}/schedules`, options),
      ),
    schedule: (namespace: string, database: string, scheduleId: string, options: CallOptions = {}) =>
      call<ScheduleDetail>(`${ofDatabase(namespace, database)}/schedules/${segment(scheduleId)}`, options),
    alarms: (namespace: string, query: Query = {}, options: CallOptions = {}) =>
      call<AlarmsView>(`${inNamespace(namespace)}/alarms`, { query, ...options }),
    alarmSettings: (namespace: string, options: CallOptions = {}) =>
      call<AlarmSettingsView>(`${inNamespace(namespace)}/alarms/settings`, options),
    /** All that are live, then the newest of those that have ended. */
    approvals: async (namespace: string, options: CallOptions = {}): Promise<ApprovalsView> => {
      const ask = (query: Query) => call<ApprovalsView>(`${inNamespace(namespace)}/approvals`, { ...options, query });
      const [live, ended] = await Promise.all([
        readEveryPage((after) => ask({ status: "live", after })),
        ask({ status: "ended", limit: ENDED_SHOWN }),
      ]);
      const ends = new Set(ended.approvals.map(({ id }) => id));
      // One that ended between the two questions stands among those that have.
      const approvals = live.flatMap((page) => page.approvals).filter(({ id }) => !ends.has(id));
      return { approvals: [...approvals, ...ended.approvals], waiting: live[0].waiting, next: null };
    },
    approval: (namespace: string, approvalId: string, options: CallOptions = {}) =>
      call<ApprovalView>(`${inNamespace(namespace)}/approvals/${segment(approvalId)}`, options),

    /** Lets writes go on that a restore holds. */
    releaseWrites: (namespace: string, database: string, restoreId: string) =>
      call<RestoreView>(`${ofDatabase(namespace, database)}/restores/${segment(restoreId)}/release`, {
        method: "POST",
      }),
    cancelRestore: (namespace: string, database: string, restoreId: string) =>
      call<RestoreView>(`${ofDatabase(namespace, database)}/restores/${segment(restoreId)}`, { method: "DELETE" }),
  };
}

export type ApiClient = ReturnType<typeof createApiClient>;

/** The browser's client: same origin, session cookie. */
export const apiClient: ApiClient = createApiClient();
