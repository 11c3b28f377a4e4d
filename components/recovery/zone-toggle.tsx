"use client";

import { formatZone } from "../../lib/client/format-time.ts";
import { Segmented } from "../ui/segmented.tsx";
import { useZone } from "../ui/use-zone.ts";

/** Which clock times are written in, everywhere at once. Not shown where both are the same. */
export function ZoneToggle() {
  const { choice, choose, local } = useZone();
  if (formatZone(local) === "UTC") return <span className="text-12 text-ink-3">times in UTC</span>;
  return (
    <Segmented
      label="Zone"
      value={choice}
      onChange={choose}
      options={[
        { value: "utc", text: "UTC" },
        { value: "local", text: formatZone(local) },
      ]}
    />
  );
}
