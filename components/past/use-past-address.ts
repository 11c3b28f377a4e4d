"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useState } from "react";
import { type PastAddress, type PastMoment, type PastSide, readPastAddress } from "./past-address.ts";

/** Moment, table and side, kept in the address so that a reload or a shared link shows the same. */
export function usePastAddress() {
  const search = useSearchParams();
  const [address, setAddress] = useState<PastAddress>(() => readPastAddress(new URLSearchParams(search)));
  const change = useCallback((part: { at?: PastMoment; table?: string; side?: PastSide }) => {
    setAddress((former) => {
      const next = { ...former, ...part };
      history.replaceState(history.state, "", `${location.pathname}${writeSearch(next)}`);
      return next;
    });
  }, []);
  return { address, change };
}

function writeSearch({ at, table, side }: PastAddress): string {
  const search = new URLSearchParams();
  if (at) search.set("at", "bookmark" in at ? at.bookmark : String(at.timestampMs));
  if (table !== null) search.set("table", table);
  if (side !== null) search.set("show", side);
  const text = search.toString();
  return text === "" ? "" : `?${text}`;
}
