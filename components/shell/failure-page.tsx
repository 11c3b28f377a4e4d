"use client";

import { TriangleAlert } from "lucide-react";
import { Button } from "../ui/button.tsx";
import { AnswerHead } from "./answer-head.tsx";

/** A page that could not be made: cause as far as it is known, what is certain all the same, and one way on. */
export function FailurePage({ error, retry }: { error: Error & { digest?: string }; retry: () => void }) {
  return (
    <main id="main" className="max-w-[860px] px-8 py-6 max-wide:p-4">
      <AnswerHead
        question={
          <>
            <TriangleAlert size={16} strokeWidth={1.6} aria-hidden className="text-danger-text" />
            Something went wrong in the console
          </>
        }
        answer="This page could not be made."
        lede="What is protected stays protected: capture runs in other processes. Try again; if it stays, look at the console's log."
      />
      {error.digest && (
        <p className="mt-4 text-ink-2">
          Request <code>{error.digest}</code>
        </p>
      )}
      <div className="mt-5">
        <Button tone="primary" onClick={retry}>
          Try again
        </Button>
      </div>
    </main>
  );
}
