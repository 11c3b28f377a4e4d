"use client";

import { FailurePage } from "../components/shell/failure-page.tsx";
import "./globals.css";

export default function GlobalError({ error, reset }: { error: Error & { digest?: string }; reset: () => void }) {
  return (
    <html lang="en">
      <body>
        <FailurePage error={error} retry={reset} />
      </body>
    </html>
  );
}
