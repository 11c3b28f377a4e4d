import { apiClient } from "../api-client.ts";
import { queryKeys } from "../query-keys.ts";
import type { ScheduleDetail, ScheduleView } from "../schedule-types.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

/** The schedules of a namespace, refreshed every ten seconds. */
export function useSchedules(namespace: string, initialData: ScheduleView[]) {
  return useAnswer({
    queryKey: queryKeys.schedules(namespace),
    queryFn: ({ signal }) => apiClient.schedules(namespace, { signal }),
    refetchInterval: 10_000,
    retry: retryQuery,
    initialData,
  });
}

/** One schedule with its latest runs, every five seconds: somebody may be waiting for one. */
export function useSchedule(namespace: string, database: string, scheduleId: string, initialData: ScheduleDetail) {
  return useAnswer({
    queryKey: queryKeys.schedule(namespace, scheduleId),
    queryFn: ({ signal }) => apiClient.schedule(namespace, database, scheduleId, { signal }),
    refetchInterval: 5_000,
    retry: retryQuery,
    initialData,
  });
}
