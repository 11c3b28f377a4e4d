import { useMutation, useQueryClient } from "@tanstack/react-query";
import { apiClient } from "../api-client.ts";
import type { CreateDatabaseBody } from "../api-types.ts";
import { queryKeys } from "../query-keys.ts";

/** Looks at a file before it is attached. */
export function usePreflight(namespace: string) {
  return useMutation({
    mutationFn: (asked: { path: string; region?: string }) => apiClient.preflight(namespace, asked),
  });
}

/** Sends a database file to the agent; its answer's `uploadId` then creates the database. */
export function useUpload(namespace: string) {
  return useMutation({ mutationFn: (file: Blob) => apiClient.upload(namespace, file) });
}

/** Protects a database: hosted, attached, uploaded or the sample. */
export function useCreateDatabase(namespace: string) {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: CreateDatabaseBody) => apiClient.createDatabase(namespace, body),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.namespace(namespace) }),
  });
}
