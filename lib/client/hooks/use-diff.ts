import { useInfiniteQuery, useQueryClient } from "@tanstack/react-query";
import type { DatabaseDiff, DiffKind } from "../../domain/diff.ts";
import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

const ASK_AGAIN_MS = 1_000;
const LEAST_PAUSE_MS = 5_000;
const ROWS_PER_PAGE = 200;

/**
 * What differs between a moment and another one; `to` null means now. While it is being counted it is asked for again, with
 * the very end that it was begun with. `follow` compares with a new now from time to time, the rarer the longer it takes;
 * without it the answer stays until `refetch`. Null waits.
 */
export function useDiff(
  namespace: string,
  database: string,
  from: string | null,
  { to = null, follow = false }: { to?: string | null; follow?: boolean } = {},
) {
  const queryClient = useQueryClient();
  const queryKey = queryKeys.diff(namespace, database, from ?? "", to);
  return useAnswer({
    queryKey,
    queryFn: ({ signal }) => {
      const known = queryClient.getQueryData<DatabaseDiff>(queryKey);
      const end = to ?? (known?.state === "counting" ? known.to.bookmark : null);
      return apiClient.diff(namespace, database, { from: from ?? "", ...(end !== null && { to: end }) }, { signal });
    },
    enabled: from !== null,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    refetchInterval: ({ state: { data } }) => {
      if (data?.state === "counting") return ASK_AGAIN_MS;
      return data && follow ? Math.max(LEAST_PAUSE_MS, data.durationMs * 10) : false;
    },
    retry: retryQuery,
  });
}

/** The rows of one table that differ between two bookmarks, page by page. Null waits. */
export function useDiffRows(
  namespace: string,
  database: string,
  of: { from: string; to: string; table: string; kinds: readonly DiffKind[] } | null,
) {
  return useInfiniteQuery({
    queryKey: queryKeys.diffRows(namespace, database, of),
    queryFn: ({ signal, pageParam }) =>
      apiClient.diffRows(
        namespace,
        database,
        {
          ...(of ?? { from: "", to: "", table: "", kinds: [] }),
          limit: ROWS_PER_PAGE,
          ...(pageParam !== null && { after: pageParam }),
        },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.next,
    enabled: of !== null && of.kinds.length > 0,
    staleTime: Number.POSITIVE_INFINITY,
    refetchOnWindowFocus: false,
    retry: retryQuery,
  });
}
