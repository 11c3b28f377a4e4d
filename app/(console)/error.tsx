"use client";

import { FailurePage } from "../../components/shell/failure-page.tsx";

export default function ConsoleError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return <FailurePage error={error} retry={reset} />;
}
