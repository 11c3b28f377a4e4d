import type { DatabaseView } from "../../lib/client/api-types.ts";

/** What it means that a server of somebody else's is attached. */
export function AttachedServerWords({ database }: { database: DatabaseView }) {
  return (
    <>
      <h2 className="mb-2 text-14 font-semibold">What attached means</h2>
      <ul className="grid max-w-[72ch] list-disc gap-1.5 pl-5 text-14 text-ink-2 marker:text-ink-3">
        <li>Your server goes on as before; your applications keep their connection strings.</li>
        <li>
          Lastgood receives the log of {database.name} as a standby does, through a replication slot, and takes base
          backups over the same connection. It never touches the server's files.
        </li>
        <li>
          Previews and new databases become clusters that Lastgood hosts. A restore in place replaces everything in the
          attached database within one transaction; whoever uses it waits for that.
        </li>
        <li>
          While Lastgood is away the slot keeps the log on your server's disk: set <code>max_slot_wal_keep_size</code>{" "}
          there, so that this has a limit.
        </li>
      </ul>
    </>
  );
}
