"use client";

import type { PreviewView } from "../../lib/client/preview-types.ts";
import { Field, SelectInput } from "../ui/field.tsx";

/** Which preview is overwritten. */
export function PreviewChoice({
  previews,
  chosenId,
  onChoose,
}: {
  previews: readonly PreviewView[] | undefined;
  chosenId: string | null;
  onChoose: (previewId: string) => void;
}) {
  if (previews?.length === 0) {
    return (
      <p className="mb-4 text-12 text-ink-2">There is no preview to overwrite. Choose New preview, which makes one.</p>
    );
  }
  return (
    <Field label="Preview" className="mb-4" hint="It keeps its name, its address and its time to live.">
      {(control) => (
        <SelectInput
          {...control}
          value={chosenId ?? ""}
          disabled={!previews}
          onChange={(event) => onChoose(event.currentTarget.value)}
        >
          {previews?.map(({ id, name }) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </SelectInput>
      )}
    </Field>
  );
}
