import { keepPreviousData, type QueryFunctionContext } from "@tanstack/react-query";
import { apiClient } from "../api-client.ts";
import type { WindowView } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The recovery window, refreshed every five seconds. */
export function useWindow(namespace: string, database: string, initialData?: WindowView) {
  return useAnswer({
    queryKey: queryKeys.window(namespace, database),
    queryFn: ({ signal }) => apiClient.window(namespace, database, { signal }),
    refetchInterval: 5_000,
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

type DensityRange = { fromMs: number; toMs: number; buckets: number };

/** The question for the commits per stretch of time, for who asks it before it is shown. */
export function densityQuestion(namespace: string, database: string, range: DensityRange) {
  return {
    queryKey: queryKeys.density(namespace, database, range),
    queryFn: ({ signal }: Pick<QueryFunctionContext, "signal">) =>
      apiClient.density(namespace, database, range, { signal }),
  };
}

/** Commits per stretch of time; keeps showing the former range while the next one loads. Null waits. */
export function useDensity(namespace: string, database: string, range: DensityRange | null) {
  return useAnswer({
    ...densityQuestion(namespace, database, range ?? { fromMs: 0, toMs: 0, buckets: 1 }),
    enabled: range !== null,
    placeholderData: keepPreviousData,
    retry: retryQuery,
  });
}

const READING_EVERY_MS = 1_500;

/** The commits of a stretch that stand out; asked for again while more of the history is being read. Null waits. */
export function useMarks(namespace: string, database: string, range: { fromMs: number; toMs: number } | null) {
  return useAnswer({
    queryKey: queryKeys.marks(namespace, database, range ?? { fromMs: 0, toMs: 0 }),
    queryFn: ({ signal }) => apiClient.marks(namespace, database, range ?? { fromMs: 0, toMs: 1 }, { signal }),
    enabled: range !== null,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state }) => (state.data?.isReading ? READING_EVERY_MS : false),
    retry: retryQuery,
  });
}

/** The commits around a moment, oldest first. Null waits. */
export function useCommits(
  namespace: string,
  database: string,
  around: { atMs: number; before: number; after: number } | null,
) {
  return useAnswer({
    queryKey: queryKeys.commits(namespace, database, around ?? { atMs: 0, before: 0, after: 0 }),
    queryFn: ({ signal }) =>
      apiClient.commits(namespace, database, around ?? { atMs: 0, before: 0, after: 0 }, { signal }),
    enabled: around !== null,
    placeholderData: keepPreviousData,
    retry: retryQuery,
  });
}

/** Which committed write a moment resolves to. Null waits. A time once resolved stays so and is never asked again. */
export function useResolvedMoment(
  namespace: string,
  database: string,
  at: { timestampMs: number } | { bookmark: string } | null,
) {
  return useAnswer({
    queryKey: queryKeys.bookmark(namespace, database, at),
    queryFn: ({ signal }) => apiClient.bookmark(namespace, database, at, { signal }),
    enabled: at !== null,
    staleTime: Number.POSITIVE_INFINITY,
    retry: retryQuery,
  });
}
