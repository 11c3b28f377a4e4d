"use client";

import type { AuditStatusView } from "../../lib/client/api-types.ts";
import { formatNumber } from "../../lib/client/format-count.ts";
import { AgoText } from "../ui/moment-text.tsx";
import { Note } from "../ui/note.tsx";

/** What the console itself has proven of the audit log, and how all of it is proven. */
export function ChainStatus({ status: { ok, checked, finding, anchor } }: { status: AuditStatusView }) {
  if (!ok) {
    return (
      <Note tone="danger" live title={finding?.message} className="mt-2">
        Somebody changed the log behind Lastgood's back. Keep a copy of the data directory, then run{" "}
        <code>lastgood audit verify</code> with the anchors that you keep elsewhere.
      </Note>
    );
  }
  const count = Number(BigInt(checked.to) - BigInt(checked.from)) + 1;
  return (
    <p>
      The newest {formatNumber(count)} entries are one sealed chain up to no. {checked.to}
      {anchor === null ? (
        ". It was not anchored yet."
      ) : (
        <>
          , anchored <AgoText ms={anchor.timeMs} />.
        </>
      )}{" "}
      <code className="text-12">lastgood audit verify</code> proves all of it.
    </p>
  );
}
