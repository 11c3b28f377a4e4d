"use client";

import { type Action, ALL_ACTIONS, isNamespaceWide } from "../../lib/domain/actions.ts";
import {
  actionsOfPreset,
  effectOf,
  type Grantor,
  mayGrant,
  TOKEN_PRESETS,
  type TokenPreset,
} from "../../lib/domain/token-grants.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Chip } from "../ui/chip.tsx";
import { ChoiceCard } from "../ui/choice-card.tsx";
import { describeActions, PRESET_WORDS } from "./token-words.ts";

export type GrantDraft = { how: TokenPreset | "chosen"; chosen: readonly Action[] };

/** The actions that a token would have if it were made now. */
export function actionsOfDraft(draft: GrantDraft, grantor: Grantor, isLimited: boolean): readonly Action[] {
  const fits = (action: Action) => mayGrant(grantor, action) && !(isLimited && isNamespaceWide(action));
  if (draft.how === "chosen") return draft.chosen.filter(fits);
  return actionsOfPreset(draft.how, grantor, isLimited ? [] : "all");
}

/** What a token may do: a preset, or single actions; and in words what that comes to. */
export function GrantChoice({
  draft,
  isLimited,
  onChange,
}: {
  draft: GrantDraft;
  isLimited: boolean;
  onChange: (draft: GrantDraft) => void;
}) {
  const { role } = useViewer();
  const grantor: Grantor = { role, scopes: "all" };
  const actions = actionsOfDraft(draft, grantor, isLimited);
  const { can, cannot } = describeActions(actions);
  const choose = (how: GrantDraft["how"]) => onChange({ how, chosen: draft.how === "chosen" ? draft.chosen : actions });
  return (
    <fieldset className="grid gap-1">
      <legend className="mb-1.5 text-12 font-medium">What it may do</legend>
      {TOKEN_PRESETS.map((preset) => (
        <ChoiceCard
          key={preset}
          name="grant"
          checked={draft.how === preset}
          title={PRESET_WORDS[preset].title}
          onChoose={() => choose(preset)}
        >
          {PRESET_WORDS[preset].text}
        </ChoiceCard>
      ))}
      <ChoiceCard
        name="grant"
        checked={draft.how === "chosen"}
        title="Chosen actions"
        onChoose={() => choose("chosen")}
      >
        Only what you tick.
      </ChoiceCard>
      {draft.how === "chosen" && (
        <ActionBoxes
          chosen={draft.chosen}
          may={(action) => mayGrant(grantor, action) && !(isLimited && isNamespaceWide(action))}
          onChange={(chosen) => onChange({ how: "chosen", chosen })}
        />
      )}
      <p aria-live="polite" className="mt-1.5 text-12">
        {actions.length === 0 ? <span className="text-ink-3">Tick at least one action.</span> : can}{" "}
        {actions.length > 0 && <strong>{cannot}</strong>}
      </p>
    </fieldset>
  );
}

function ActionBoxes({
  chosen,
  may,
  onChange,
}: {
  chosen: readonly Action[];
  may: (action: Action) => boolean;
  onChange: (chosen: readonly Action[]) => void;
}) {
  const toggle = (action: Action, isOn: boolean) =>
    onChange(isOn ? [...chosen, action] : chosen.filter((one) => one !== action));
  return (
    <ul className="mt-1 grid max-h-52 grid-cols-2 gap-x-4 overflow-y-auto rounded-2 border border-line px-3 py-1.5 max-wide:grid-cols-1">
      {ALL_ACTIONS.filter(may).map((action) => (
        <li key={action}>
          <label className="flex min-h-7 cursor-pointer items-center gap-2 max-wide:min-h-11">
            <input
              type="checkbox"
              checked={chosen.includes(action)}
              onChange={(event) => toggle(action, event.currentTarget.checked)}
              className="size-4 shrink-0 accent-(--accent)"
            />
            <code className="truncate">{action}</code>
            {effectOf(action) === "destroys" && <Chip tone="warn">destroys</Chip>}
            {effectOf(action) === "governs" && <Chip tone="warn">governs</Chip>}
          </label>
        </li>
      ))}
    </ul>
  );
}
