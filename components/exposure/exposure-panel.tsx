"use client";

import { TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";
import { copyWords, lossPhrase, recoveryWords } from "../../lib/client/exposure-words.ts";
import { useExposure } from "../../lib/client/hooks/use-exposure.ts";
import { bestCopy, type Exposure, type ExposureCopy } from "../../lib/domain/exposure.ts";
import { FactRow } from "../databases/fact-row.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { joinClasses } from "../ui/join-classes.ts";
import { MomentText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";
import { Skeleton } from "../ui/skeleton.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { ProvenLine } from "./proven-line.tsx";

/** What of a database would be lost if its machine died now, from where it would come back, and how fast. */
export function ExposurePanel({ database, nowMs }: { database: DatabaseView; nowMs: number }) {
  const query = useExposure(database.namespace, database.name);
  const exposure = query.data;
  const waiting = (width: string) => <Skeleton className={`h-4 ${width}`} />;
  return (
    <section aria-labelledby="exposure-title" className="mb-8">
      <h2 id="exposure-title" className="mb-1 text-14 font-semibold">
        If this machine died now
      </h2>
      {query.error && !exposure ? (
        <ErrorNote error={query.error} />
      ) : (
        <>
          {exposure?.lost.kind === "everything" && <OnlyCopy exposure={exposure} />}
          <dl>
            <FactRow term="Would be lost">
              {exposure ? <Lost exposure={exposure} nowMs={nowMs} /> : waiting("w-40")}
            </FactRow>
            <FactRow term="Comes back from">{exposure ? <Sources exposure={exposure} /> : waiting("w-56")}</FactRow>
            <FactRow term="Coming back takes">
              {exposure ? <Recovery exposure={exposure} nowMs={nowMs} /> : waiting("w-48")}
            </FactRow>
            <FactRow term="Last proven restore">
              <ProvenLine database={database.name} isNamed className="text-13!" />
            </FactRow>
          </dl>
        </>
      )}
    </section>
  );
}

function OnlyCopy({ exposure: { database, sharesDisk, copies } }: { exposure: Exposure }) {
  const hasBackups = copies.some(({ place }) => place === "this_machine");
  return (
    <Note
      tone="danger"
      className="my-3"
      icon={<TriangleAlert size={16} strokeWidth={1.6} aria-hidden />}
      title={
        sharesDisk === false ? "The only copy lies on this machine." : "The only copy lies on this machine's disk."
      }
    >
      {sharesDisk === true && `The history of ${database} is on the database's own disk. `}
      {hasBackups && "Its backups lie there too. "}
      <TextLink href="/storage">Keep a copy elsewhere</TextLink>, so that something is left.
    </Note>
  );
}

function Lost({ exposure: { lost, countedUntilMs }, nowMs }: { exposure: Exposure; nowMs: number }) {
  const isBad = lost.kind === "everything" || lost.andUncaptured;
  const isCounted = lost.kind === "nothing" || (lost.kind === "some" && lost.commits !== null);
  return (
    <span className={joinClasses("font-[550]", isBad && "text-danger-text")}>
      {lossPhrase(lost, nowMs)}
      <Remark>{remarkOf(lost)}</Remark>
      {isCounted && countedUntilMs !== null && (
        <span className="font-normal text-ink-3">
          ; counted is what was written by <MomentText ms={countedUntilMs} withZone />
        </span>
      )}
    </span>
  );
}

function remarkOf({ kind, commits, andUncaptured }: Exposure["lost"]): string {
  if (kind === "nothing") return "the newest state is kept elsewhere";
  if (kind === "past") return "its server is another machine and stays";
  if (kind === "unknown") return "the agent does not answer";
  if (kind === "everything") return "";
  if (andUncaptured) return "and more with each write: capture does not run, or is behind";
  return commits === null ? "how many writes that are is not known" : "";
}

function Remark({ children }: { children: string }) {
  return children === "" ? null : <span className="font-normal text-ink-3">, {children}</span>;
}

function Sources({ exposure }: { exposure: Exposure }) {
  if (exposure.copies.length === 0) return "nothing beside the history on this machine";
  const best = bestCopy(exposure);
  return (
    <ul className="grid gap-1">
      {exposure.copies.map((copy) => (
        <li key={`${copy.kind} ${copy.key}`} className={copy === best ? undefined : "text-ink-3"}>
          <Source copy={copy} />
        </li>
      ))}
    </ul>
  );
}

function Source({ copy }: { copy: ExposureCopy }): ReactNode {
  const notes = [
    copy.place === "this_machine" ? "lost with it" : null,
    copy.problem,
    copy.isNear ? "its address is this machine, so nobody can tell whether it lies elsewhere" : null,
    copy.needsKey && copy.place === "elsewhere" ? "needs your key: keep that elsewhere too" : null,
  ].filter((note) => note !== null);
  return (
    <>
      {copyWords(copy)}, as of <MomentText ms={copy.timeMs} withZone />
      {copy.behindSinceMs !== null && (
        <span className="font-[550] text-warn-text">
          , behind since <MomentText ms={copy.behindSinceMs} withZone />
        </span>
      )}
      {notes.length > 0 && <span className="text-ink-3">; {notes.join("; ")}</span>}
    </>
  );
}

function Recovery({ exposure, nowMs }: { exposure: Exposure; nowMs: number }) {
  if (!exposure.recovery) return "never measured";
  return (
    <>
      {recoveryWords(exposure, nowMs)}
      <span className="text-ink-3">, from the history on this machine; fetching a copy comes on top</span>
    </>
  );
}
