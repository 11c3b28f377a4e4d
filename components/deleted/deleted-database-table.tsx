"use client";

import { RotateCcw } from "lucide-react";
import { useState } from "react";
import type { DeletedDatabaseView } from "../../lib/client/api-types.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { AgoText } from "../ui/moment-text.tsx";
import { BringBackDialog } from "./bring-back-dialog.tsx";
import type { DeletionActions } from "./deletion-actions.ts";
import { GoneAt } from "./gone-at.tsx";

/** Deleted databases in rows: by whom, until when, and the way back. */
export function DeletedDatabaseTable({
  databases,
  bringBack,
}: {
  databases: readonly DeletedDatabaseView[];
  bringBack: DeletionActions["bringDatabaseBack"];
}) {
  const refusal = useRefusal("database.undelete");
  const [chosen, setChosen] = useState<DeletedDatabaseView | null>(null);
  return (
    <>
      <table className="w-full border-collapse max-wide:block">
        <caption className="sr-only">Deleted databases</caption>
        <thead className="max-wide:sr-only">
          <tr className="h-7 border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pr-4 [&>th]:font-medium">
            <th scope="col">Database</th>
            <th scope="col">Deleted</th>
            <th scope="col">Gone for good</th>
            <th scope="col">
              <span className="sr-only">Bring back</span>
            </th>
          </tr>
        </thead>
        <tbody className="max-wide:block">
          {databases.map((database) => (
            <tr
              key={database.id}
              className="h-14 border-b border-line max-wide:grid max-wide:h-auto max-wide:gap-1 max-wide:py-3 [&>td]:pr-4"
            >
              <th scope="row" className="pr-4 text-left font-normal">
                <span className="font-[550] wrap-anywhere">{database.name}</span>
                <Chip tone="line" className="ml-2">
                  {database.origin}
                </Chip>
              </th>
              <td className="text-ink-2">
                <span className="mr-1 wide:hidden">deleted</span>
                <AgoText ms={database.deletedAtMs} />
                {database.deletedBy !== null && (
                  <span className="block text-12 text-ink-3">by {database.deletedBy}</span>
                )}
              </td>
              <td>
                {database.state === "purging" ? (
                  <Chip tone="gap">being removed now</Chip>
                ) : (
                  <GoneAt atMs={database.purgeAfterMs} />
                )}
              </td>
              <td className="text-right max-wide:pt-1 max-wide:text-left">
                {database.state === "kept" && (
                  <Button
                    blockedBy={refusal}
                    onClick={() => setChosen(database)}
                    aria-label={`Bring ${database.name} back…`}
                  >
                    <RotateCcw size={16} strokeWidth={1.6} aria-hidden />
                    Bring back…
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {chosen && <BringBackDialog database={chosen} bringBack={bringBack} onClose={() => setChosen(null)} />}
    </>
  );
}
