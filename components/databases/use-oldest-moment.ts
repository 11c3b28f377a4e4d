"use client";

import { useQueries } from "@tanstack/react-query";
import { apiClient } from "../../lib/client/api-client.ts";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { retryQuery } from "../../lib/client/hooks/retry-query.ts";
import { useHydrated } from "../../lib/client/hooks/use-hydrated.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import { hasHistory } from "./database-status.ts";

/** The oldest moment that any of the databases can go back to, Unix milliseconds; null while there is none, undefined while that is being asked. */
export function useOldestMoment(namespace: string, databases: readonly DatabaseView[]): number | null | undefined {
  const isHydrated = useHydrated();
  const oldestMs = useQueries({
    queries: databases.filter(hasHistory).map(({ name }) => ({
      queryKey: queryKeys.window(namespace, name),
      queryFn: ({ signal }: { signal: AbortSignal }) => apiClient.window(namespace, name, { signal }),
      staleTime: 5_000,
      retry: retryQuery,
    })),
    combine: (windows) => {
      if (windows.some(({ isPending }) => isPending)) return undefined;
      const times = windows.flatMap(({ data }) => (data?.oldest ? [data.oldest.timeMs] : []));
      return times.length === 0 ? null : Math.min(...times);
    },
  });
  return isHydrated ? oldestMs : undefined;
}
