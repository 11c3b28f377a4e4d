import type { ReactNode } from "react";
import type { Role } from "../../lib/domain/actions.ts";
import { Note } from "../ui/note.tsx";

/** A page in the place of one that this role does not see, with whom to ask. */
export function RoleNote({ title, role, children }: { title: string; role: Role; children: ReactNode }) {
  return (
    <main id="main" className="px-8 pt-6 pb-8 max-wide:p-4">
      <h1 className="mb-4 text-20 font-semibold tracking-[-0.02em]">{title}</h1>
      <Note className="max-w-[76ch]" title={`You are a ${role} here.`}>
        {children} Ask one of them, or for another role.
      </Note>
    </main>
  );
}
