import type { ApprovalRequestBody, ApprovalView } from "../../client/approval-types.ts";
import { LastgoodError } from "../../domain/errors.ts";
import { CliError } from "../cli-error.ts";
import type { Call, FoundDatabase } from "./call.ts";
import { ask, canAsk } from "./confirm.ts";

type Asked = ApprovalRequestBody extends infer Body ? (Body extends unknown ? Omit<Body, "reason"> : never) : never;

/**
 * Does something that others may have to approve. Where they do, the request is written, with the reason that they decide
 * by, and `approval_requested` says its id and how it goes on. Without a reason nothing is: others need one.
 */
export async function withApproval<T>(
  call: Call,
  database: FoundDatabase,
  { reason, request }: { reason: string | undefined; request: Asked },
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "approval_required") throw error;
    const given = reason ?? (canAsk() ? await askForReason(call, error) : "");
    if (given === "") throw needsReason(error);
    throw await requested(call, database, { ...request, reason: given } as ApprovalRequestBody);
  }
}

async function askForReason(call: Call, refusal: LastgoodError): Promise<string> {
  call.output.tell(refusal.message);
  return (await ask("Why? The others decide by it (empty: do not ask them): ")).trim();
}

function needsReason(refusal: LastgoodError): LastgoodError {
  const hint =
    'Ask for it with --reason "…": the request is then written, and the others decide by the reason. Nothing was started.';
  return new LastgoodError(refusal.code, refusal.message, { ...refusal.details, hint }, { cause: refusal });
}

async function requested(call: Call, database: FoundDatabase, body: ApprovalRequestBody): Promise<CliError> {
  const approval = await call.api.post<ApprovalView>(`${database.route}/approvals`, body);
  const { id, needed, approveUntilMs, status } = approval;
  const others = needed === 1 ? "one other person" : `${needed} other people`;
  return new CliError("approval_requested", `Approval requested: ${id}. Nothing was started.`, {
    hint: [
      `${others} must approve it on ${call.api.url}/approvals/${id} by ${new Date(approveUntilMs).toISOString()}.`,
      `Then run it with: lastgood approvals run ${id}`,
    ].join("\n"),
    approvalId: id,
    status,
    needed,
    approveUntilMs,
  });
}
