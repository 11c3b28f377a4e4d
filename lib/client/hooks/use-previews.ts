import { apiClient } from "../api-client.ts";
import type { PreviewsView, PreviewView } from "../preview-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

const isBusy = ({ state, openRestoreId }: PreviewView) => state === "preparing" || openRestoreId !== null;

/** The previews of a project, newest first; every half second while one is being written, else every five seconds. */
export function usePreviews(namespace: string, database: string, initialData?: PreviewsView) {
  return useAnswer({
    queryKey: queryKeys.previews(namespace, database),
    queryFn: ({ signal }) => apiClient.previews(namespace, database, { signal }),
    refetchInterval: (query) => (query.state.data?.previews.some(isBusy) ? 500 : 5_000),
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** What making a preview's state the project's would do, asked anew every ten seconds. Null waits. */
export function useCutoverPlan(namespace: string, database: string, previewId: string | null) {
  return useAnswer({
    queryKey: queryKeys.cutoverPlan(namespace, database, previewId ?? ""),
    queryFn: ({ signal }) => apiClient.cutoverPlan(namespace, database, previewId ?? "", { signal }),
    enabled: previewId !== null,
    refetchInterval: 10_000,
    retry: retryQuery,
  });
}
