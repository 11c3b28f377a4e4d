import { Terminal } from "lucide-react";
import type { RestoreView } from "../../lib/client/api-types.ts";
import { formatClock } from "../../lib/client/format-time.ts";
import { Note } from "../ui/note.tsx";

/** What hooks and held writes had to say, oldest first; nothing where there were none. */
export function RestoreLines({ restore, zone }: { restore: RestoreView; zone: string }) {
  if (restore.lines.length === 0) return null;
  const failure = restore.lines.findLast(({ text }) => text.startsWith("Failed: "));
  return (
    <section aria-label="Log of this restore" className="mt-6">
      {failure && (
        <Note
          tone="danger"
          live
          className="mb-3"
          icon={<Terminal size={16} strokeWidth={1.6} aria-hidden />}
          title="The operator's hook after the restore failed."
        >
          <span className="break-words">{failure.text.slice("Failed: ".length)}</span>
        </Note>
      )}
      <h2 className="mb-1 text-14 font-semibold">Log</h2>
      <ol className="max-w-[860px] font-mono text-12">
        {restore.lines.map(({ seq, timeMs, text }) => (
          <li key={seq} className="grid grid-cols-[96px_1fr] gap-3 border-b border-line py-1 last:border-b-0">
            <time className="text-ink-3">{formatClock(timeMs, zone, "millisecond")}</time>
            <span className="min-w-0 break-words">{text}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
