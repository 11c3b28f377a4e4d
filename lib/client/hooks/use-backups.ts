import { apiClient } from "../api-client.ts";
import type { BackupsView, BackupView } from "../backup-types.ts";
import { queryKeys } from "../query-keys.ts";
import { retryQuery } from "./retry-query.ts";
import { useAnswer } from "./use-answer.ts";

const isOpen = ({ status }: BackupView) => status === "queued" || status === "running";

/** The latest backups of a database, newest first; every half second while one is being made, else every five seconds. */
export function useBackups(namespace: string, database: string, initialData?: BackupsView) {
  return useAnswer({
    queryKey: queryKeys.backups(namespace, database),
    queryFn: ({ signal }) => apiClient.backups(namespace, database, null, { signal }),
    refetchInterval: (query) => (query.state.data?.backups.some(isOpen) ? 500 : 5_000),
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}

/** One backup by its id or key, every quarter of a second until it has ended, then every five seconds. Null waits. */
export function useBackup(namespace: string, database: string, idOrKey: string | null, initialData?: BackupView) {
  return useAnswer({
    queryKey: queryKeys.backup(namespace, database, idOrKey ?? ""),
    queryFn: ({ signal }) => apiClient.backup(namespace, database, idOrKey ?? "", { signal }),
    enabled: idOrKey !== null,
    refetchInterval: (query) => (query.state.data && !isOpen(query.state.data) ? 5_000 : 250),
    retry: retryQuery,
    ...(initialData && { initialData }),
  });
}
