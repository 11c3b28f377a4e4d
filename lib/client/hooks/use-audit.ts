import { useInfiniteQuery } from "@tanstack/react-query";
import { apiClient } from "../api-client.ts";
import type { AuditQuery, AuditStatusView } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The audit log under a filter, newest first, page by page. */
export function useAudit(namespace: string, query: AuditQuery) {
  return useInfiniteQuery({
    queryKey: queryKeys.audit(namespace, query),
    queryFn: ({ signal, pageParam }) =>
      apiClient.audit(namespace, { ...query, ...(pageParam !== null && { before: pageParam }) }, { signal }),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    retry: retryQuery,
  });
}

/** Whether the newest entries are what was written. */
export function useAuditStatus(namespace: string, initialData: AuditStatusView) {
  return useAnswer({
    queryKey: queryKeys.auditStatus(namespace),
    queryFn: ({ signal }) => apiClient.auditStatus(namespace, { signal }),
    refetchInterval: 30_000,
    retry: retryQuery,
    initialData,
  });
}
