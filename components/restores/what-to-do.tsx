"use client";

import { Database, KeyRound, MemoryStick, Plug, TableProperties } from "lucide-react";
import Link from "next/link";
import type { ReactNode } from "react";
import type { DatabaseView, RestoreView } from "../../lib/client/api-types.ts";
import { formatCount } from "../../lib/client/format-count.ts";
import { useDiff } from "../../lib/client/hooks/use-diff.ts";
import type { SchemaDiff } from "../../lib/domain/diff.ts";
import { pastHref } from "../past/past-address.ts";
import { useRefusal } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";

const ICON = { size: 16, strokeWidth: 1.6, "aria-hidden": true } as const;
const NAMED = 3;

/** What applications should do after a restore, by what was restored, and by whether the schema is another one now. */
export function WhatToDo({ restore, database }: { restore: RestoreView; database: DatabaseView }) {
  const isInPlace = restore.target === "project" || restore.target === "cutover";
  return (
    <>
      <h2 className="mb-1 text-14 font-semibold">What to do now</h2>
      <ul className="max-w-[860px]">{isInPlace ? inPlace(restore, database) : <Elsewhere restore={restore} />}</ul>
    </>
  );
}

function inPlace(restore: RestoreView, database: DatabaseView): ReactNode {
  const isHosted = database.origin === "hosted";
  return (
    <>
      {database.engine === "postgres" ? (
        <Advice icon={<Plug {...ICON} />}>
          <strong>{isHosted ? "Have applications connect again." : "Your applications may keep running."}</strong>{" "}
          {isHosted
            ? "Their connections were cut; most pools do it by themselves. The connection string did not change."
            : "Its connections go on, and whoever waited was answered. Where a driver remembers the numbers of types (enums, domains), have it connect again: they were made anew."}
        </Advice>
      ) : isHosted ? (
        <Advice icon={<Plug {...ICON} />}>
          Queries are answered again. Whoever got 503 may repeat them; the address did not change.
        </Advice>
      ) : (
        <Advice icon={<Plug {...ICON} />}>
          <strong>Your application may keep running.</strong> It need not reopen the file: its next read sees this
          state, and its prepared statements are made anew by SQLite itself.
        </Advice>
      )}
      <Advice icon={<MemoryStick {...ICON} />}>
        {isHosted
          ? "What callers keep in memory of rows is from after that moment: empty such caches."
          : "Restart it, or empty its caches, where it keeps rows in memory: caches, counters, the next number to give out are from after that moment."}
      </Advice>
      <SchemaAdvice restore={restore} namespace={database.namespace} />
      <Advice icon={<KeyRound {...ICON} />}>
        Whatever did the damage can do it again: stop or mend it before it runs the next time.
      </Advice>
      <GiveSomeBack restore={restore} namespace={database.namespace} />
      <Timeline restore={restore}>What was written after that moment is not gone.</Timeline>
    </>
  );
}

function Elsewhere({ restore }: { restore: RestoreView }) {
  if (restore.target === "rows") {
    return (
      <>
        <Advice icon={<Plug {...ICON} />}>
          Your application may keep running: these rows came as one transaction like any other.
        </Advice>
        <Advice icon={<MemoryStick {...ICON} />}>
          Where it keeps these rows in memory, or knows them as deleted, have it read them again.
        </Advice>
      </>
    );
  }
  return (
    <>
      <Advice icon={<Plug {...ICON} />}>
        Nothing, as far as {restore.databaseName} is concerned: no application of it notices anything.
      </Advice>
      {restore.copy?.id && (
        <Advice icon={<Database {...ICON} />}>
          <Link
            href={`/databases/${encodeURIComponent(restore.copy.name)}`}
            className="rounded-1 font-medium text-accent underline-offset-3 hover:underline"
          >
            {restore.copy.name}
          </Link>{" "}
          is a database of its own: look at it, query it, download it.
        </Advice>
      )}
    </>
  );
}

/** The state just before is compared with the one reached; both are in the history for good. */
function SchemaAdvice({ restore, namespace }: { restore: RestoreView; namespace: string }) {
  const before = restore.restoreBookmark === null ? null : (restore.previous?.bookmark ?? null);
  const { data } = useDiff(namespace, restore.databaseName, before, { to: restore.restoreBookmark });
  if (before === null || !data) return null;
  return (
    <Advice icon={<TableProperties {...ICON} />}>
      {data.schema.length === 0 ? (
        "The schema did not change: nothing has to be migrated, and your application stays the version that it is."
      ) : (
        <>
          <strong>The schema changed as well</strong> ({namesOf(data.schema)}). Run the version of your application that
          fits it, or its migrations again, before it writes; what it remembers of columns and tables needs a restart.
        </>
      )}
    </Advice>
  );
}

/** What the restore took away is in the history still, row by row. */
function GiveSomeBack({ restore, namespace }: { restore: RestoreView; namespace: string }) {
  const before = restore.restoreBookmark === null ? null : (restore.previous?.bookmark ?? null);
  const refusal = useRefusal("database.view");
  const { data } = useDiff(namespace, restore.databaseName, before, { to: restore.restoreBookmark });
  const lost = data?.tables.reduce((sum, { removed, changed }) => sum + removed + changed, 0) ?? 0;
  if (before === null || lost === 0 || refusal !== null) return null;
  return (
    <Advice
      icon={<TableProperties {...ICON} />}
      action={
        <Button size="small" asChild>
          <Link href={pastHref(restore.databaseName, { bookmark: before })}>Give some back…</Link>
        </Button>
      }
    >
      {formatCount(lost, "row")} written or changed after that moment {lost === 1 ? "is" : "are"} in the history.
    </Advice>
  );
}

function namesOf(schema: readonly SchemaDiff[]): string {
  const words = { added: "came back", removed: "gone", changed: "changed" } as const;
  const named = schema.slice(0, NAMED).map(({ kind, name, change }) => `${kind} ${name} ${words[change]}`);
  return schema.length > NAMED ? `${named.join(", ")} and ${schema.length - NAMED} more` : named.join(", ");
}

function Timeline({ restore, children }: { restore: RestoreView; children: ReactNode }) {
  return (
    <Advice icon={<Database {...ICON} />}>
      {children}{" "}
      <Link
        href={`/databases/${encodeURIComponent(restore.databaseName)}/backups`}
        className="rounded-1 font-medium text-accent underline-offset-3 hover:underline"
      >
        The timeline
      </Link>{" "}
      still reaches it.
    </Advice>
  );
}

function Advice({ icon, action, children }: { icon: ReactNode; action?: ReactNode; children: ReactNode }) {
  return (
    <li className="flex min-h-11 items-center gap-2.5 border-b border-line py-1.5 last:border-b-0 [&>svg]:shrink-0 [&>svg]:text-ink-3">
      {icon}
      <span className="min-w-0 flex-1 break-words">{children}</span>
      {action}
    </li>
  );
}
