import { apiClient } from "../api-client.ts";
import type { ApprovalsView, ApprovalView, PolicyView } from "../approval-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The namespace's inbox with the count of what waits for the viewer, refreshed every four seconds. */
export function useApprovals(namespace: string, initialData?: ApprovalsView) {
  return useAnswer({
    queryKey: queryKeys.approvals(namespace),
    queryFn: ({ signal }) => apiClient.approvals(namespace, { signal }),
    refetchInterval: 4_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** One request, every two seconds while it is live: the others may decide at any moment. */
export function useApproval(namespace: string, approvalId: string, initialData?: ApprovalView) {
  return useAnswer({
    queryKey: queryKeys.approval(namespace, approvalId),
    queryFn: ({ signal }) => apiClient.approval(namespace, approvalId, { signal }),
    refetchInterval: ({ state }) =>
      state.data?.status === "open" || state.data?.status === "approved" ? 2_000 : false,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** What a database asks of those who would change its past, and what that means for the viewer. */
export function usePolicy(namespace: string, database: string, initialData?: PolicyView) {
  return useAnswer({
    queryKey: queryKeys.policy(namespace, database),
    queryFn: ({ signal }) => apiClient.policy(namespace, database, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
