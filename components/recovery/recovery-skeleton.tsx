import { Skeleton } from "../ui/skeleton.tsx";

/** The Backups tab while its window is being asked for, in its later proportions. */
export function RecoverySkeleton() {
  return (
    <div className="grid flex-1 grid-cols-[minmax(0,1fr)_344px] max-roomy:grid-cols-1" aria-busy>
      <div className="px-6 pt-4 max-wide:px-4">
        <span className="sr-only" role="status">
          Loading the recovery window
        </span>
        <Skeleton className="mb-4 h-7 w-full" />
        <Skeleton className="mb-6 h-8 w-full" />
        <Skeleton className="mb-10 h-44 w-full" />
        <Skeleton className="h-16 w-full" />
      </div>
      <div className="border-line bg-canvas px-5 py-4 max-wide:px-4 roomy:border-l">
        <MomentSkeleton />
      </div>
    </div>
  );
}

/** The chosen moment, for the frame or two until it is drawn. */
export function MomentSkeleton() {
  return (
    <>
      <Skeleton className="mb-3 h-7 w-full bg-pressed" />
      <Skeleton className="mb-3 h-44 w-full bg-pressed" />
      <Skeleton className="mb-3 h-8 w-full bg-pressed" />
      <Skeleton className="h-40 w-full bg-pressed" />
    </>
  );
}
