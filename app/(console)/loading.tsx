import { Skeleton } from "../../components/ui/skeleton.tsx";

export default function ConsoleLoading() {
  return (
    <div aria-busy className="px-8 pt-[72px] max-wide:px-4">
      <span role="status" className="sr-only">
        Loading
      </span>
      <Skeleton className="mb-2 h-4 w-44" />
      <Skeleton className="mb-2 h-8 w-72" />
      <Skeleton className="mb-6 h-4 w-96 max-w-full" />
      <Skeleton className="mb-6 h-[60px] w-full" />
      <Skeleton className="mb-2 h-12 w-full" />
      <Skeleton className="mb-2 h-12 w-full" />
      <Skeleton className="h-12 w-full" />
    </div>
  );
}
