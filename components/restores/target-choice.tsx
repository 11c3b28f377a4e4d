"use client";

import { ArrowLeftRight, CopyPlus, Database, History, type LucideIcon } from "lucide-react";
import { useId } from "react";
import { useRefusal } from "../shell/console-context.tsx";
import { ChoiceCard } from "../ui/choice-card.tsx";

/** What a restore of a whole moment writes. */
export type RestoreAim = "new_preview" | "preview" | "new_database" | "project";

/** Where the moment goes: into a copy, which touches nothing, or over the project. */
export function TargetChoice({
  database,
  aim,
  mustAsk,
  onChoose,
}: {
  database: string;
  aim: RestoreAim;
  /** Whether overwriting the project takes others to allow it. */
  mustAsk: boolean;
  onChoose: (aim: RestoreAim) => void;
}) {
  const name = useId();
  const previewRefusal = useRefusal("restore.preview");
  const newRefusal = useRefusal("restore.new-database");
  const projectRefusal = useRefusal("approval.request");
  const targets: { aim: RestoreAim; icon: LucideIcon; title: string; words: string; refusal: string | null }[] = [
    {
      aim: "new_preview",
      icon: CopyPlus,
      title: "New preview",
      words: "A copy for a while.",
      refusal: previewRefusal,
    },
    {
      aim: "preview",
      icon: ArrowLeftRight,
      title: "Existing preview",
      words: "In place of what is in it.",
      refusal: previewRefusal,
    },
    {
      aim: "new_database",
      icon: Database,
      title: "New database",
      words: "A copy that stays.",
      refusal: newRefusal,
    },
    {
      aim: "project",
      icon: History,
      title: `Overwrite ${database}`,
      words: mustAsk ? "Once others approve. Can be undone." : "Production goes back. Can be undone.",
      refusal: projectRefusal,
    },
  ];
  return (
    <fieldset className="mb-5 grid grid-cols-2 gap-2 max-wide:grid-cols-1">
      <legend className="mb-2 text-14 font-semibold">Where to</legend>
      {targets.map((target) => (
        <ChoiceCard
          key={target.aim}
          name={name}
          checked={aim === target.aim}
          disabled={target.refusal !== null}
          title={
            <span className={target.aim === "project" ? "text-danger-text" : undefined}>
              <target.icon size={14} strokeWidth={1.6} aria-hidden className="mr-1.5 inline align-[-2px]" />
              {target.title}
            </span>
          }
          onChoose={() => onChoose(target.aim)}
        >
          <span className="block text-12">{target.refusal ?? target.words}</span>
        </ChoiceCard>
      ))}
    </fieldset>
  );
}
