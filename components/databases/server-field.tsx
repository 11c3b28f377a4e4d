"use client";

import { Info } from "lucide-react";
import type { UseFormRegisterReturn } from "react-hook-form";
import { Field, TextInput } from "../ui/field.tsx";
import { Note } from "../ui/note.tsx";

const ROLE = "CREATE ROLE lastgood LOGIN REPLICATION PASSWORD '…';";

/** How a server is reached, and what it has to allow; first of all which ones allow it to nobody. */
export function ServerField({ control: register, disabled }: { control: UseFormRegisterReturn; disabled: boolean }) {
  return (
    <div className="grid gap-3">
      <Note icon={<Info size={16} strokeWidth={1.6} aria-hidden />} title="Managed services mostly cannot be attached.">
        Amazon RDS and Aurora, Google Cloud SQL, Azure, Supabase and Neon let nobody receive their log. Servers that you
        run yourself do, on version 15 to 18.
      </Note>
      <Field
        label="Connection string"
        hint="postgresql://user:password@host:5432/database, with ?sslmode=require over the internet. It is kept sealed and never shown again."
      >
        {(control) => (
          <TextInput
            {...control}
            placeholder="postgresql://lastgood:…@db.example.com:5432/shop"
            autoComplete="off"
            autoCapitalize="none"
            spellCheck={false}
            disabled={disabled}
            className="font-mono text-12"
            {...register}
          />
        )}
      </Field>
      <p className="text-ink-2">
        Its role needs to receive the log: <code className="wrap-anywhere">{ROLE}</code> On the server{" "}
        <code>wal_level</code> is <code>replica</code> or <code>logical</code>, a replication slot and a sender are
        free, and <code>pg_hba.conf</code> lets the role in for <code>replication</code>. To be restored in place it is
        also a member of the roles that own things there: <code>GRANT app TO lastgood;</code>
      </p>
    </div>
  );
}
