"use client";

import { zodResolver } from "@hookform/resolvers/zod";
import { useRef, useState } from "react";
import { useForm } from "react-hook-form";
import { z } from "zod";
import type { ActionResult, CreateDatabaseBody, DatabaseView } from "../../lib/client/api-types.ts";
import { formatBytes } from "../../lib/client/format-bytes.ts";
import { usePreflight } from "../../lib/client/hooks/use-protect.ts";
import type { RegionView } from "../../lib/client/region-types.ts";
import { uploadWithProgress } from "../../lib/client/upload-with-progress.ts";
import { databaseNameSchema, windowDaysSchema } from "../../lib/domain/names.ts";
import { useRefusal, useViewer } from "../shell/console-context.tsx";
import { useActionThenGo } from "../shell/use-action-then-go.ts";
import { Button } from "../ui/button.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, SelectInput, TextInput } from "../ui/field.tsx";
import { Note } from "../ui/note.tsx";
import { ProgressBar } from "../ui/progress-bar.tsx";
import { PreflightChecklist } from "./preflight-checklist.tsx";
import { type ProtectWay, suggestName, suggestNameOfServer } from "./protect-ways.ts";
import { ServerField } from "./server-field.tsx";
import { WayChoice } from "./way-choice.tsx";

export type ProtectAction = (input: CreateDatabaseBody & { namespace: string }) => Promise<ActionResult<DatabaseView>>;

const schema = z.object({
  name: databaseNameSchema,
  path: z.string(),
  server: z.string(),
  windowDays: windowDaysSchema,
});
type Values = z.infer<typeof schema>;

/** "Protect a database": a few ways, one name, one window; and where there are several regions, one of them. */
export function ProtectForm({
  initialWay,
  regions,
  protect,
}: {
  initialWay: ProtectWay;
  /** Where agents have started. */
  regions: readonly RegionView[];
  protect: ProtectAction;
}) {
  const { namespace } = useViewer();
  const refusal = useRefusal("database.create");
  const [way, setWay] = useState<ProtectWay>(initialWay);
  const [file, setFile] = useState<File | null>(null);
  const [sent, setSent] = useState<{ done: number; total: number } | null>(null);
  const [uploadError, setUploadError] = useState<Error | null>(null);
  const stop = useRef<AbortController | null>(null);
  const preflight = usePreflight(namespace.slug);
  const usual = regions.find(({ isUsual }) => isUsual)?.id ?? regions[0]?.id ?? "";
  const [region, setRegion] = useState(usual);
  // Unless another one is meant there is nothing to say: then it also goes well where regions come and go meanwhile.
  const inRegion = region === usual ? {} : { region };
  const creation = useActionThenGo(namespace.slug, protect, ({ name }) => `/databases/${encodeURIComponent(name)}`);
  const form = useForm<Values>({
    resolver: zodResolver(schema),
    defaultValues: { name: initialWay === "sample" ? "shop" : "", path: "", server: "", windowDays: 30 },
  });
  const path = form.watch("path");
  const server = form.watch("server");
  const asked = preflight.variables;
  const isOfThis = asked?.path === path.trim() && asked.region === inRegion.region;
  const checked = preflight.data && isOfThis ? preflight.data : null;
  const { errors } = form.formState;

  const suggest = (from: string) => {
    if (!form.formState.dirtyFields.name) form.setValue("name", suggestName(from));
  };
  const check = () => {
    suggest(path);
    preflight.mutate({ path: path.trim(), ...inRegion });
  };
  const send = async (chosen: File): Promise<string | null> => {
    setUploadError(null);
    stop.current = new AbortController();
    setSent({ done: 0, total: chosen.size });
    try {
      const progress = (done: number, total: number) => setSent({ done, total });
      const { signal } = stop.current;
      const { uploadId } = await uploadWithProgress(namespace.slug, chosen, { signal, progress, ...inRegion });
      return uploadId;
    } catch (error) {
      setSent(null);
      setUploadError(error instanceof Error ? error : new Error("the upload failed", { cause: error }));
      return null;
    }
  };
  const submit = form.handleSubmit(async ({ name, windowDays }) => {
    const engine = way === "cluster" || way === "server" ? ("postgres" as const) : ("sqlite" as const);
    const body = { namespace: namespace.slug, name, engine, windowDays, ...inRegion };
    if (way === "server") creation.mutate({ ...body, connect: { connectionString: server.trim() } });
    else if (way === "attach") {
      if (checked?.ok) creation.mutate({ ...body, attach: { path: checked.path } });
      else check();
    } else if (way === "upload") {
      const uploadId = file ? await send(file) : null;
      if (uploadId !== null) creation.mutate({ ...body, uploadId });
    } else creation.mutate(way === "sample" ? { ...body, sample: true } : body);
  });

  const isBusy = creation.isPending || creation.isSuccess || (sent !== null && !creation.error);
  const needsCheck = way === "attach" && !checked?.ok;
  const unchecked = checked
    ? "Mend what was found first."
    : "Check the file first: you see what was found before anything is attached.";
  const missing = way === "upload" && !file ? "Choose a file first." : null;
  const unnamed = way === "server" && server.trim() === "" ? "Give a connection string first." : null;
  const blocked = refusal ?? (needsCheck ? unchecked : (missing ?? unnamed));
  return (
    <form onSubmit={submit} className="grid max-w-[640px] gap-6" noValidate>
      <WayChoice
        value={way}
        disabled={isBusy}
        onChange={(next) => {
          setWay(next);
          creation.reset();
          if (next === "sample") suggest("shop");
        }}
      />

      {regions.length > 1 && (
        <Field
          label="Region"
          remark="does not change later"
          hint="Its agent keeps the history, and what is hosted lies on its machine."
        >
          {(control) => (
            <SelectInput
              {...control}
              value={region}
              disabled={isBusy}
              onChange={(event) => setRegion(event.currentTarget.value)}
            >
              {regions.map(({ id, isUsual }) => (
                <option key={id} value={id}>
                  {isUsual ? `${id} (usual)` : id}
                </option>
              ))}
            </SelectInput>
          )}
        </Field>
      )}

      {way === "attach" && (
        <div className="grid gap-3">
          <Field
            label="Path of the file"
            hint={
              regions.length > 1
                ? `Absolute, on the machine of the agent in ${region}. Checking it changes nothing.`
                : "Absolute, on the machine where the agent runs. Checking it changes nothing."
            }
            error={preflight.error?.message}
          >
            {(control) => (
              <div className="flex gap-2">
                <TextInput
                  {...control}
                  placeholder="/srv/shop/shop.db"
                  autoComplete="off"
                  autoCapitalize="none"
                  spellCheck={false}
                  className="font-mono text-12"
                  {...form.register("path")}
                  onKeyDown={(event) => {
                    if (event.key !== "Enter") return;
                    event.preventDefault();
                    if (path.trim() !== "") check();
                  }}
                />
                <Button disabled={path.trim() === "" || preflight.isPending} onClick={check}>
                  {preflight.isPending ? "Checking…" : "Check"}
                </Button>
              </div>
            )}
          </Field>
          {checked && <PreflightChecklist found={checked} />}
        </div>
      )}
      {way === "server" && (
        <ServerField
          control={form.register("server", {
            onChange: (event) => {
              const name = suggestNameOfServer(String(event.target.value));
              if (!form.formState.dirtyFields.name && name !== "") form.setValue("name", name);
            },
          })}
          disabled={isBusy}
        />
      )}
      {way === "upload" && (
        <Field label="File" hint="A SQLite database. It is sent as it is and checked before anything uses it.">
          {(control) => (
            <input
              {...control}
              type="file"
              accept=".db,.sqlite,.sqlite3,application/vnd.sqlite3"
              disabled={isBusy}
              onChange={(event) => {
                const chosen = event.currentTarget.files?.[0] ?? null;
                setFile(chosen);
                setUploadError(null);
                if (chosen) suggest(chosen.name);
              }}
              className="block w-full rounded-2 border border-dashed border-control bg-canvas p-3 file:mr-3 file:h-8 file:cursor-pointer file:rounded-2 file:border file:border-control file:bg-surface file:px-3 file:font-medium"
            />
          )}
        </Field>
      )}

      <div className="grid grid-cols-[1fr_140px] items-start gap-4 max-wide:grid-cols-1">
        <Field label="Name" remark="typed to confirm a restore" error={errors.name?.message}>
          {(control) => (
            <TextInput
              {...control}
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              placeholder="shop"
              {...form.register("name")}
            />
          )}
        </Field>
        <Field label="Recovery window" remark="days" error={errors.windowDays?.message}>
          {(control) => (
            <TextInput
              {...control}
              type="number"
              inputMode="numeric"
              min={1}
              max={365}
              {...form.register("windowDays", { valueAsNumber: true })}
            />
          )}
        </Field>
      </div>

      {sent && (
        <div>
          <ProgressBar label="Upload" done={sent.done} total={sent.total} />
          <p className="mt-1.5 flex justify-between text-12 text-ink-3">
            <span>
              {formatBytes(sent.done)} of {formatBytes(sent.total)} sent
            </span>
            {!creation.isPending && !creation.isSuccess && (
              <button type="button" className="text-accent" onClick={() => stop.current?.abort()}>
                Stop
              </button>
            )}
          </p>
        </div>
      )}
      {uploadError && <ErrorNote error={uploadError} />}
      {creation.error && <ErrorNote error={creation.error} />}
      {refusal && <Note title="You can look, but not protect.">{refusal}</Note>}
      <div className="flex flex-wrap items-center gap-3">
        <Button tone="primary" type="submit" blockedBy={blocked} disabled={isBusy}>
          {isBusy ? "Protecting…" : `Protect ${form.watch("name") || "it"}`}
        </Button>
        {blocked && !refusal && <span className="text-12 text-ink-3">{blocked}</span>}
      </div>
    </form>
  );
}
