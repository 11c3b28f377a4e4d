"use client";

import { createContext, type ReactNode, useContext } from "react";
import { type Action, type Role, roleMay } from "../../lib/domain/actions.ts";

/** Who is looking, and at which namespace. */
export type Viewer = {
  email: string;
  role: Role;
  namespace: { slug: string; name: string };
  /** The other namespaces that this person belongs to. */
  others: { slug: string; name: string }[];
};

const ViewerContext = createContext<Viewer | null>(null);

export function ViewerProvider({ viewer, children }: { viewer: Viewer; children: ReactNode }) {
  return <ViewerContext value={viewer}>{children}</ViewerContext>;
}

/** The person at this page. Only within the console's layout. */
export function useViewer(): Viewer {
  const viewer = useContext(ViewerContext);
  if (!viewer) throw new Error("assumption violated: useViewer is used outside of the console's layout");
  return viewer;
}

/** The same for what writes to one database: a member's right to that can be withdrawn. */
export function useWriteRefusal(
  action: Action,
  { name, mayWrite }: { name: string; mayWrite: boolean },
): string | null {
  const refusal = useRefusal(action);
  return (
    refusal ?? (mayWrite ? null : `You may read ${name}, but not change it. An owner or admin can give that back.`)
  );
}

/** Why this person may not do something, in words for a disabled button; null when they may. The services decide. */
export function useRefusal(action: Action): string | null {
  const { role } = useViewer();
  if (roleMay(role, action)) return null;
  const asked = roleMay("member", action) ? "a member, an admin or an owner" : "an admin or an owner";
  return `You are a ${role} here. This takes ${asked}.`;
}
