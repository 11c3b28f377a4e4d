"use client";

import { useMutation, useQueryClient } from "@tanstack/react-query";
import { LockOpen } from "lucide-react";
import { apiClient } from "../../lib/client/api-client.ts";
import type { RestoreView } from "../../lib/client/api-types.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";

/** The end of a hold, before its time. */
export function HeldWrites({ restore, namespace }: { restore: RestoreView; namespace: string }) {
  const queryClient = useQueryClient();
  const refusal = useRefusal("restore.release");
  const release = useMutation({
    mutationFn: () => apiClient.releaseWrites(namespace, restore.databaseId, restore.id),
    onSettled: () => queryClient.invalidateQueries({ queryKey: queryKeys.namespace(namespace) }),
  });
  const isAsked = release.isPending || release.isSuccess;
  return (
    <div className="flex flex-wrap items-center gap-2 border-t border-line pt-4">
      <Button tone="primary" blockedBy={refusal} disabled={isAsked} onClick={() => release.mutate()}>
        <LockOpen size={16} strokeWidth={1.6} aria-hidden />
        {isAsked ? "Letting writes go on…" : "Let writes go on"}
      </Button>
      <span className="text-ink-3">By itself when the time is over. The restore is done either way.</span>
      {release.error && <ErrorNote error={release.error} className="mt-2 basis-full" />}
    </div>
  );
}
