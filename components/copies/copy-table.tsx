import { CloudDownload } from "lucide-react";
import type { CopyView } from "../../lib/client/copy-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { AgoText, MomentText } from "../ui/moment-text.tsx";
import { TextLink } from "../ui/text-link.tsx";
import { engineOf, nameOf, standingOf } from "./copy-words.ts";

/** Every copy in the bucket: of what, up to when, and whether that is here. */
export function CopyTable({
  copies,
  refusal,
  onBringBack,
}: {
  copies: readonly CopyView[];
  /** Why this viewer may bring none back. */
  refusal: string | null;
  onBringBack: (copy: CopyView) => void;
}) {
  return (
    <table className="w-full border-collapse max-wide:block">
      <caption className="sr-only">Copies in the bucket</caption>
      <thead className="max-wide:sr-only">
        <tr className="h-7 border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pr-4 [&>th]:font-medium">
          <th scope="col">Database</th>
          <th scope="col">Up to</th>
          <th scope="col">From</th>
          <th scope="col" className="text-right">
            Size
          </th>
          <th scope="col">Here</th>
          <th scope="col">
            <span className="sr-only">What can be done</span>
          </th>
        </tr>
      </thead>
      <tbody className="max-wide:block">
        {copies.map((copy) => (
          <CopyRow key={copy.id} copy={copy} refusal={refusal} onBringBack={onBringBack} />
        ))}
      </tbody>
    </table>
  );
}

function CopyRow({
  copy,
  refusal,
  onBringBack,
}: {
  copy: CopyView;
  refusal: string | null;
  onBringBack: (copy: CopyView) => void;
}) {
  const { newest, oldest, problem, here, broughtBack, isRestorable, sizeBytes } = copy;
  const there = here?.name && !here.isDeleted ? here.name : (broughtBack?.name ?? null);
  const standing = standingOf(copy);
  return (
    <tr className="border-b border-line align-top max-wide:grid max-wide:grid-cols-[1fr_auto] max-wide:gap-x-4 max-wide:gap-y-1 max-wide:py-3 [&>td]:py-2.5 [&>td]:pr-4 max-wide:[&>td]:p-0 max-wide:[&>td]:text-left max-wide:[&>th]:p-0">
      <th scope="row" className="w-[30%] py-2.5 pr-4 text-left font-normal max-wide:order-1 max-wide:w-auto">
        <span className="block font-[550] wrap-anywhere">{nameOf(copy)}</span>
        <span className="block text-12 text-ink-3">
          {engineOf(copy)}
          {copy.origin === "attached" && ", was attached"}
        </span>
        {problem !== null && <span className="mt-1 block text-12 text-danger-text wrap-anywhere">{problem}</span>}
      </th>
      <td className="whitespace-nowrap max-wide:order-3">
        {newest === null ? (
          <span className="text-ink-3 max-wide:hidden">not known</span>
        ) : (
          <>
            <span className="text-ink-3 wide:hidden">up to </span>
            <MomentText ms={newest.timeMs} precision="second" withZone />
            <span className="block text-12 text-ink-3">
              <AgoText ms={newest.timeMs} />
            </span>
          </>
        )}
      </td>
      <td className="whitespace-nowrap text-ink-2 max-wide:hidden">
        {oldest !== null && <MomentText ms={oldest.timeMs} precision="minute" />}
      </td>
      <td className="text-right whitespace-nowrap text-ink-2 max-wide:hidden">{formatBytes(sizeBytes)}</td>
      <td className="max-wide:order-2 max-wide:justify-self-end">
        <Chip tone={standing.tone}>{standing.words}</Chip>
        {there !== null && (
          <TextLink href={`/databases/${encodeURIComponent(there)}`} className="mt-1 block text-12 wrap-anywhere">
            {there}
          </TextLink>
        )}
      </td>
      <td className="text-right whitespace-nowrap max-wide:order-4 max-wide:self-end max-wide:justify-self-end">
        <Button
          size="small"
          blockedBy={refusal ?? (isRestorable ? null : (problem ?? "There is no whole history in it."))}
          onClick={() => onBringBack(copy)}
        >
          <CloudDownload size={14} strokeWidth={1.6} aria-hidden />
          Bring back…
        </Button>
      </td>
    </tr>
  );
}
