import { joinClasses } from "./join-classes.ts";

/** The place of something that is on its way, in its later size so that nothing jumps. */
export function Skeleton({ className }: { className?: string }) {
  return <div aria-hidden className={joinClasses("rounded-1 bg-sunken motion-safe:animate-pulse-soft", className)} />;
}
