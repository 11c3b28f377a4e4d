"use client";

import { useRouter } from "next/navigation";
import { useState } from "react";
import type { ActionResult } from "../../lib/client/api-types.ts";
import { unwrapActionResult } from "../../lib/client/hooks/use-server-action.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";

export type AcceptAction = (input: { token: string }) => Promise<ActionResult<{ namespace: string }>>;

/** One click, for somebody who is signed in as the invited account. */
export function AcceptForm({ token, namespace, accept }: { token: string; namespace: string; accept: AcceptAction }) {
  const router = useRouter();
  const [error, setError] = useState<Error | null>(null);
  const [isBusy, setBusy] = useState(false);
  const join = async () => {
    setBusy(true);
    setError(null);
    try {
      unwrapActionResult(await accept({ token }));
      router.replace("/");
      router.refresh();
    } catch (cause) {
      setError(cause instanceof Error ? cause : new Error("joining failed", { cause }));
      setBusy(false);
    }
  };
  return (
    <div className="grid gap-4">
      {error && <ErrorNote error={error} />}
      <Button tone="primary" onClick={() => void join()} disabled={isBusy}>
        {isBusy ? "Joining…" : `Join ${namespace}`}
      </Button>
    </div>
  );
}
