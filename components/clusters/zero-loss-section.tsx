"use client";

import type { ActionResult, DatabaseView } from "../../lib/client/api-types.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";

type ChangeZeroLoss = (input: {
  namespace: string;
  database: string;
  zeroLoss: boolean;
}) => Promise<ActionResult<DatabaseView>>;

/** Whether commits wait until they were received: what it gives, and what it costs. */
export function ZeroLossSection({ database, change }: { database: DatabaseView; change: ChangeZeroLoss }) {
  const refusal = useRefusal("database.update");
  const mutation = useServerAction(database.namespace, change);
  const { namespace, id, zeroLoss, name } = database;
  const now = database.capture?.cluster?.zeroLoss ?? null;
  return (
    <section aria-labelledby="zero-loss-title" className="mt-8 border-t border-line pt-4">
      <h2 id="zero-loss-title" className="mb-1 text-14 font-semibold">
        Zero loss
      </h2>
      <div className="flex flex-wrap items-center justify-between gap-3">
        <p className="max-w-[64ch] text-ink-2">
          {zeroLoss
            ? "Each commit waits until Lastgood has it on disk: even if the server's machine is lost, no acknowledged commit is. "
            : "Commits are received right after they are acknowledged: if the server's machine is lost, the last moments may be. "}
          {zeroLoss
            ? "Writing is slower for it, about a third of the commits under a hard load."
            : "With zero loss each commit waits until Lastgood has it on disk, which slows writing down."}{" "}
          Should receiving not keep up, waiting is lifted by itself, with an alarm: {name} goes on in any case.
        </p>
        <Button
          blockedBy={refusal}
          disabled={mutation.isPending}
          onClick={() => mutation.mutate({ namespace, database: id, zeroLoss: !zeroLoss })}
        >
          {mutation.isPending ? "Changing…" : zeroLoss ? "Turn zero loss off" : "Turn zero loss on"}
        </Button>
      </div>
      <p role="status" className="mt-2 text-12 text-ink-3 empty:hidden">
        {stateWords(zeroLoss, now)}
      </p>
      {mutation.error && <ErrorNote error={mutation.error} className="mt-3" />}
    </section>
  );
}

function stateWords(asked: boolean, now: "off" | "on" | "lifted" | null): string {
  if (now === null) return "";
  if (now === "lifted") return "Lifted right now: commits do not wait.";
  if (asked && now === "off") return "It is being turned on.";
  if (!asked && now === "on") return "It is being turned off.";
  return asked ? "On: commits wait." : "Off.";
}
