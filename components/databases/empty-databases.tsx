"use client";

import { Database, FlaskConical, HardDrive, Link2, Server, Upload } from "lucide-react";
import Link from "next/link";
import { useRefusal } from "../shell/console-context.tsx";
import { Note } from "../ui/note.tsx";
import { ProtectButton } from "./protect-button.tsx";

const WAYS = [
  {
    way: "attach",
    icon: Link2,
    title: "Attach a SQLite file",
    text: "Your program keeps writing it where it is. Lastgood copies each commit beside it.",
  },
  {
    way: "host",
    icon: HardDrive,
    title: "Host a new SQLite file",
    text: "Empty, queried over HTTP. Each answer carries the bookmark of its write.",
  },
  {
    way: "cluster",
    icon: Database,
    title: "Host a new PostgreSQL cluster",
    text: "On this machine, with a connection string that no restore changes.",
  },
  {
    way: "server",
    icon: Server,
    title: "Attach a PostgreSQL server",
    text: "Yours, wherever it runs. Lastgood receives its log as a standby does.",
  },
  {
    way: "upload",
    icon: Upload,
    title: "Upload a .db file",
    text: "Lastgood hosts it from then on, its first state included.",
  },
  {
    way: "sample",
    icon: FlaskConical,
    title: "Try the sample",
    text: "A small shop that a writer keeps busy for ten minutes. Break it, then go back.",
  },
] as const;

/** No databases yet: what protecting means, and the ways to begin. */
export function EmptyDatabases() {
  const refusal = useRefusal("database.create");
  if (refusal)
    return (
      <Note className="mt-6 max-w-[76ch]" title="There is nothing to see yet.">
        {refusal}
      </Note>
    );
  return (
    <section aria-label="Ways to begin" className="mt-6 max-w-[860px] border-t border-line">
      <ul>
        {WAYS.map(({ way, icon: Icon, title, text }) => (
          <li key={way} className="relative flex items-start gap-3 border-b border-line py-3 hover:bg-hover">
            <Icon size={16} strokeWidth={1.6} aria-hidden className="mt-0.5 shrink-0 text-ink-3" />
            <p className="min-w-0 flex-1">
              <Link href={`/databases/new?way=${way}`} className="rounded-1 font-[550] after:absolute after:inset-0">
                {title}
              </Link>
              <span className="block text-ink-2">{text}</span>
            </p>
          </li>
        ))}
      </ul>
      <div className="mt-5">
        <ProtectButton />
      </div>
    </section>
  );
}
