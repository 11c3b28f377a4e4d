import type { RestoreView } from "../../client/api-types.ts";
import type { ApprovalsView, ApprovalView } from "../../client/approval-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import type { Call } from "../remote/call.ts";
import { confirm } from "../remote/confirm.ts";
import { cellTime, timeWords } from "../remote/moment.ts";
import { followRestore, restoreLines } from "../remote/restore-report.ts";
import { cleanCell } from "../text/clean-text.ts";
import { paint } from "../text/paint.ts";
import { type Cell, factLines, tableLines } from "../text/table.ts";
import { group, verb } from "../verb.ts";
import { waitOf } from "./backups.ts";

const KINDS: Record<ApprovalView["kind"], string> = {
  "restore.project": "restore",
  "restore.cutover": "cutover",
  "policy.change": "looser policy",
  "database.delete": "deletion",
  "history.erase": "erasure",
};

const list = verb({
  about: "requests for an approval, the newest first",
  options: { status: { value: "status", about: "all (the default), or as the console's filter names them" } },
  examples: [["approvals list", "what waits, and for whom"]],
  async run(call, { status }) {
    const pages = await call.api.pages<ApprovalsView>(`${call.namespace}/approvals`, { status });
    const found = { approvals: pages.flatMap(({ approvals }) => approvals), waiting: pages[0].waiting };
    const { zone } = call.settings;
    call.output.answer({ ...found }, () =>
      tableLines(
        [
          { head: "asked" },
          { head: "status" },
          { head: "what" },
          { head: "database" },
          { head: "approved" },
          { head: "by" },
          { head: "id" },
        ],
        found.approvals.map((one): Cell[] => [
          cellTime(one.createdAtMs, zone),
          { text: one.status, as: one.status === "approved" ? "good" : one.status === "open" ? "warning" : "dim" },
          KINDS[one.kind],
          one.databaseName,
          `${one.approved} of ${one.needed}`,
          one.requestedBy,
          one.id,
        ]),
      ),
    );
    return 0;
  },
});

const show = verb({
  about: "a request, what it would do, and who decided what",
  takes: ["<id>"],
  options: {},
  examples: [["approvals show <id>", "before you decide"]],
  async run(call, _values, [id = ""]) {
    const approval = await readApproval(call, id);
    call.output.answer({ ...approval }, () => approvalLines(approval, call.settings.zone, call.api.url));
    return 0;
  },
});

const approve = deciding("approve", "approve what somebody else asks for; nothing is started by that");
const decline = deciding("decline", "decline a request; it ends with that");

/** Only people decide, signed in: the API refuses a token, and the refusal then names the page. */
function deciding(name: "approve" | "decline", about: string) {
  return verb({
    about,
    takes: ["<id>"],
    options: {
      comment: { value: "text", about: "why; needed to decline" },
      yes: { about: "do not ask" },
    },
    examples: [[`approvals ${name} <id> --comment "…"`, about]],
    notes: ["Only a person decides, never an API token: with one, this shows the request and says where to decide."],
    async run(call, { comment, yes = false }, [id = ""]) {
      const { zone } = call.settings;
      const approval = await readApproval(call, id);
      const lines = approvalLines(approval, zone, call.api.url);
      await confirm(call, { lines, name: null, flag: "--yes", given: yes });
      const verdict = name === "approve" ? "approve" : "refuse";
      try {
        const path = `${call.namespace}/approvals/${approval.id}/decision`;
        const decided = await call.api.post<ApprovalView>(path, { verdict, comment, digest: approval.digest });
        call.output.answer({ ...decided }, () => approvalLines(decided, zone, call.api.url));
        return 0;
      } catch (error) {
        if (!(error instanceof LastgoodError) || error.code !== "forbidden") throw error;
        const hint = `Decide on ${call.api.url}/approvals/${approval.id}.`;
        throw new LastgoodError(error.code, error.message, { ...error.details, hint }, { cause: error });
      }
    },
  });
}

const run = verb({
  about: "do what others have approved, once",
  takes: ["<id>"],
  options: {
    yes: { about: "do not ask" },
    wait: { about: "wait for the end of the restore that it starts" },
    "wait-timeout": { value: "seconds", about: "wait no longer than that; it goes on" },
  },
  examples: [["approvals run <id> --yes --wait", "everything is checked again before it starts"]],
  async run(call, { yes = false, wait, ...more }, [id = ""]) {
    const timeoutMs = waitOf(call, more["wait-timeout"]);
    const { zone } = call.settings;
    const approval = await readApproval(call, id);
    const { url } = call.api;
    await confirm(call, {
      lines: approvalLines(approval, zone, url),
      name: approval.databaseName,
      flag: "--yes",
      given: yes,
    });
    const used = await call.api.post<ApprovalView>(`${call.namespace}/approvals/${approval.id}/run`, {
      digest: approval.digest,
    });
    const { restoreId } = used;
    if (restoreId === null) {
      call.output.answer({ ...used }, () => approvalLines(used, zone, url));
      return 0;
    }
    const route = `${call.namespace}/databases/${used.databaseId}`;
    const started = await call.api.get<RestoreView>(`${route}/restores/${restoreId}`);
    const ended = wait ? await followRestore(call, route, started, timeoutMs) : started;
    call.output.answer({ ...ended }, () => restoreLines(ended, zone));
    return 0;
  },
});

const withdraw = verb({
  about: "take your own request back",
  takes: ["<id>"],
  options: {},
  examples: [["approvals withdraw <id>", "nobody needs to decide on it any more"]],
  async run(call, _values, [id = ""]) {
    const { body } = await call.api.send<ApprovalView | null>(`${call.namespace}/approvals/${encodeURIComponent(id)}`, {
      method: "DELETE",
    });
    call.output.answer(body === null ? { withdrawn: id } : { ...body }, () => ["Withdrawn."]);
    return 0;
  },
});

function readApproval(call: Call, id: string): Promise<ApprovalView> {
  return call.api.get(`${call.namespace}/approvals/${encodeURIComponent(id)}`);
}

function approvalLines(one: ApprovalView, zone: string, url: string): string[] {
  const { plan } = one;
  const to = plan.kind === "restore.project" || plan.kind === "restore.cutover" ? plan.plan.to : null;
  const next =
    one.status === "approved" && one.mayRun
      ? `Run it with: lastgood approvals run ${one.id}`
      : one.status === "open"
        ? `Others decide on ${url}/approvals/${one.id}`
        : null;
  return [
    ...factLines([
      ["request", one.id],
      [
        "status",
        {
          text: one.because === null ? one.status : `${one.status}: ${one.because}`,
          as: one.status === "approved" ? "good" : "warning",
        },
      ],
      ["what", `${KINDS[one.kind]} of ${one.databaseName}`],
      ["goes to", to && `${timeWords(to.timeMs, zone)}  ${to.bookmark}`],
      ["reason", one.reason],
      ["asked by", one.requestedBy],
      ["approved", `${one.approved} of ${one.needed}`],
      ["decide by", one.status === "open" ? timeWords(one.approveUntilMs, zone) : null],
      ["run by", one.status === "approved" && one.runUntilMs !== null ? timeWords(one.runUntilMs, zone) : null],
      ["restore", one.restoreId],
    ]),
    ...one.decisions.map(({ by, verdict, comment }) =>
      cleanCell(`${by}: ${verdict}${comment === null ? "" : `, ${comment}`}`),
    ),
    ...(next === null ? [] : ["", paint("dim", next)]),
  ];
}

/** Two people for what destroys. */
export const approvals = group("approvals", "what a second person must agree to", {
  list,
  show,
  approve,
  decline,
  run,
  withdraw,
});
