import { Check, CircleDashed } from "lucide-react";

/** What a dialog still wants before its button works, said beside the button. */
export function StillNeeded({ needs }: { needs: { what: string; met: boolean }[] }) {
  return (
    <ul aria-label="What is still needed" className="mr-auto flex gap-4 max-wide:mr-0 max-wide:basis-full">
      {needs.map(({ what, met }) => (
        <li
          key={what}
          className={met ? "flex items-center gap-1.5 text-ok-text" : "flex items-center gap-1.5 text-ink-3"}
        >
          {met ? (
            <Check size={16} strokeWidth={1.6} aria-hidden />
          ) : (
            <CircleDashed size={16} strokeWidth={1.6} aria-hidden />
          )}
          {what}
          <span className="sr-only">{met ? "given" : "missing"}</span>
        </li>
      ))}
    </ul>
  );
}
