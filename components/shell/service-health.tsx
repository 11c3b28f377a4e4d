"use client";

import { Server } from "lucide-react";
import { useHealth } from "../../lib/client/hooks/use-health.ts";
import { StatusDot } from "../ui/status-dot.tsx";

/** In a line whether the processes that protect are running, and which are not. */
export function ServiceHealth() {
  const health = useHealth();
  const down = Object.entries(health.data?.parts ?? {}).filter(([, state]) => state !== "ready");
  const words = health.error
    ? "console unreachable"
    : !health.data
      ? "asking the agent"
      : down.length === 0
        ? "agent and capture ready"
        : down.map(([part, state]) => `${part} ${state}`).join(", ");
  const isWell = health.data !== undefined && down.length === 0 && !health.error;
  return (
    <div className="flex items-center gap-2 text-12 text-ink-3" role="status">
      {isWell || (!health.data && !health.error) ? (
        <Server size={14} strokeWidth={1.6} aria-hidden className="shrink-0" />
      ) : (
        <StatusDot
          tone={health.error || down.some(([, state]) => state === "down") ? "danger" : "warn"}
          words="attention"
        />
      )}
      <span className={isWell ? "" : "text-ink-2"}>{words}</span>
    </div>
  );
}
