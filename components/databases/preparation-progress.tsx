"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useEffect } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { queryKeys } from "../../lib/client/query-keys.ts";
import { AnswerHead } from "../shell/answer-head.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";

/** A database that is being taken under protection, up to its first complete copy. */
export function PreparationProgress({ database }: { database: DatabaseView }) {
  const queryClient = useQueryClient();
  const { namespace, name } = database;
  useEffect(() => {
    // Once it is protected the window has its first moment: nothing asked before then is true any more.
    return () => void queryClient.invalidateQueries({ queryKey: queryKeys.database(namespace, name) });
  }, [queryClient, namespace, name]);
  const { capture } = database;
  const progress = capture?.progress ?? null;
  return (
    <div className="max-w-[860px] px-6 py-6 max-wide:px-4">
      <AnswerHead
        level={2}
        question={`Taking ${name} under protection`}
        answer={
          progress ? `${formatBytes(progress.done)} of ${formatBytes(progress.total)} copied.` : waitingFor(database)
        }
        lede={
          database.engine === "postgres" && database.origin === "attached"
            ? "Your server goes on as before. Once its first base backup is complete, every later commit can be gone back to."
            : database.origin === "attached"
              ? "Your program can go on writing. Once the first copy is complete, every later commit can be gone back to."
              : "Once the first copy is complete, every later commit can be gone back to."
        }
      />
      <ProgressBar label="First copy" done={progress?.done ?? 0} total={progress?.total ?? 1} className="mt-6" />
      <p className="mt-2 text-12 text-ink-3">Closing this page changes nothing.</p>
    </div>
  );
}

function waitingFor({ engine, origin }: DatabaseView): string {
  if (engine === "sqlite") return "Holding its log.";
  return origin === "hosted" ? "Making the cluster." : "Looking at the server.";
}
