"use client";

import { Rocket } from "lucide-react";
import { useState } from "react";
import { useDatabases } from "../../lib/client/hooks/use-databases.ts";
import { useServerAction } from "../../lib/client/hooks/use-server-action.ts";
import type { IntegrationView } from "../../lib/client/integration-types.ts";
import { LastgoodError } from "../../lib/domain/errors.ts";
import {
  INTEGRATION_LIMITS,
  type IntegrationKind,
  VERCEL_ADDRESS,
  VERCEL_TARGETS,
  type VercelTarget,
} from "../../lib/domain/integration.ts";
import { useViewer } from "../shell/console-context.tsx";
import { ChoiceCard } from "../ui/choice-card.tsx";
import { ErrorNote } from "../ui/error-note.tsx";
import { Field, TextInput } from "../ui/field.tsx";
import { FormDialog } from "../ui/form-dialog.tsx";
import { type Covered, CoveredChoice } from "../webhooks/covered-choice.tsx";
import type { IntegrationActions, NewIntegration } from "./integration-actions.ts";
import { placeOf } from "./integration-words.ts";
import { type VariableDraft, VariableRows } from "./variable-rows.tsx";
import { VercelFields } from "./vercel-fields.tsx";

type Draft = {
  kind: IntegrationKind;
  name: string;
  baseUrl: string;
  project: string;
  teamId: string;
  targets: readonly VercelTarget[];
  token: string;
  databases: Covered;
  variables: VariableDraft[];
};

function draftOf(integration: IntegrationView | null): Draft {
  const { settings } = integration ?? {};
  const vercel = settings?.kind === "vercel" ? settings : null;
  const databases = integration?.databases ?? "all";
  const variables = integration?.variables ?? [{ name: "{DATABASE}_URL", holds: "connection" as const }];
  return {
    kind: settings?.kind ?? "http",
    name: integration?.name ?? "",
    baseUrl: integration?.baseUrl ?? "",
    project: vercel?.project ?? "",
    teamId: vercel?.teamId ?? "",
    targets: vercel?.targets ?? [VERCEL_TARGETS[0]],
    token: "",
    databases: databases === "all" ? "all" : databases.map(({ id }) => id),
    variables: variables.map((one, key) => ({ key, ...one })),
  };
}

/** A new integration, or changes to one; where one pushes to stays. */
export function IntegrationDialog({
  integration,
  makeIntegration,
  changeIntegration,
  onClose,
}: {
  integration: IntegrationView | null;
  onClose: () => void;
} & Pick<IntegrationActions, "makeIntegration" | "changeIntegration">) {
  const { namespace } = useViewer();
  const known = useDatabases(namespace.slug);
  const [draft, setDraft] = useState(() => draftOf(integration));
  const set = (over: Partial<Draft>) => setDraft((before) => ({ ...before, ...over }));
  const making = useServerAction(namespace.slug, makeIntegration);
  const saving = useServerAction(namespace.slug, changeIntegration);
  const isBusy = making.isPending || saving.isPending;
  const error = making.error ?? saving.error;
  const refusal = error instanceof LastgoodError && error.details.field === "baseUrl" ? error : null;
  const { kind, name, token, databases } = draft;
  const variables = draft.variables.map((one) => ({ name: one.name.trim(), holds: one.holds }));
  const needs = [
    { what: "a name", met: name.trim() !== "" },
    ...(integration === null
      ? [
          kind === "http"
            ? { what: "an address", met: draft.baseUrl.trim() !== "" }
            : { what: "a project", met: draft.project.trim() !== "" && draft.targets.length > 0 },
          { what: "a token", met: token.trim() !== "" },
        ]
      : []),
    { what: "variables", met: variables.every((one) => one.name !== "") },
    ...(databases === "all" ? [] : [{ what: "a database", met: databases.length > 0 }]),
  ];
  const canStart = needs.every(({ met }) => met);
  const save = () => {
    const covered = databases === "all" ? ("all" as const) : [...databases];
    const done = { onSuccess: onClose };
    if (integration !== null) {
      const changed = { name, databases: covered, variables, ...(token.trim() !== "" && { token }) };
      saving.mutate({ namespace: namespace.slug, integrationId: integration.id, ...changed }, done);
    } else {
      making.mutate({ namespace: namespace.slug, ...toNew({ ...draft, databases: covered }, variables) }, done);
    }
  };
  return (
    <FormDialog
      title={integration === null ? "New integration" : `Edit ${integration.name}`}
      description={
        integration === null
          ? "A deployment whose environment variables are pushed again after each restore or cutover of its database."
          : `It pushes to ${placeOf(integration)}. For another place, make another integration.`
      }
      needs={needs.filter(({ met }) => !met).slice(0, 1)}
      closeWords={integration === null ? "Close" : "Close, nothing changes"}
      onClose={onClose}
      tone="primary"
      icon={Rocket}
      words={integration === null ? "Make the integration" : "Save"}
      busyWords="Saving…"
      isBusy={isBusy}
      canStart={canStart}
      className="grid gap-5 px-6 py-5 max-wide:px-4"
      onSubmit={save}
    >
      {integration === null && (
        <fieldset className="grid gap-1">
          <legend className="mb-1.5 text-12 font-medium">Kind</legend>
          <ChoiceCard name="kind" checked={kind === "http"} title="HTTP" onChoose={() => set({ kind: "http" })}>
            A PUT with JSON to an address of yours.
          </ChoiceCard>
          <ChoiceCard name="kind" checked={kind === "vercel"} title="Vercel" onChoose={() => set({ kind: "vercel" })}>
            Or a server that speaks its API.
          </ChoiceCard>
        </fieldset>
      )}
      <Field label="Name" hint="The deployment: shop production, staging.">
        {(control) => (
          <TextInput
            {...control}
            autoComplete="off"
            maxLength={INTEGRATION_LIMITS.nameLength}
            value={name}
            onChange={(event) => set({ name: event.currentTarget.value })}
          />
        )}
      </Field>
      {integration === null && kind === "vercel" && (
        <VercelFields
          project={draft.project}
          teamId={draft.teamId}
          targets={draft.targets}
          onChange={(over) => set(over)}
        />
      )}
      {integration === null && (
        <Field
          label="Address"
          remark={kind === "vercel" ? "where it is not Vercel itself" : undefined}
          hint="It cannot be changed later: the token below never goes anywhere else."
          error={refusal && `${refusal.message} ${refusal.details.hint ?? ""}`}
        >
          {(control) => (
            <TextInput
              {...control}
              type="url"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              className="font-mono text-12"
              placeholder={kind === "vercel" ? VERCEL_ADDRESS : "https://example.com/variables"}
              maxLength={INTEGRATION_LIMITS.urlLength}
              value={draft.baseUrl}
              onChange={(event) => set({ baseUrl: event.currentTarget.value })}
            />
          )}
        </Field>
      )}
      <Field
        label={integration === null ? "Token" : "New token"}
        hint={
          integration === null
            ? "Sent as a bearer token. It is kept sealed and not shown again."
            : "Empty: the one that is there stays."
        }
      >
        {(control) => (
          <TextInput
            {...control}
            type="password"
            autoComplete="off"
            className="font-mono text-12"
            maxLength={INTEGRATION_LIMITS.tokenLength}
            value={token}
            onChange={(event) => set({ token: event.currentTarget.value })}
          />
        )}
      </Field>
      <CoveredChoice
        legend="After restores of"
        databases={(known.data ?? []).filter((one) => one.kind === "project")}
        value={databases}
        onChange={(value) => set({ databases: value })}
      />
      <VariableRows
        rows={draft.variables}
        hasSeveral={databases === "all" || databases.length > 1}
        onChange={(rows) => set({ variables: rows })}
      />
      {error && !refusal && <ErrorNote error={error} />}
    </FormDialog>
  );
}

function toNew(
  { kind, name, baseUrl, token, project, teamId, targets, databases }: Draft & { databases: "all" | string[] },
  variables: NewIntegration["variables"],
): NewIntegration {
  const shared = { name, token, databases, variables };
  if (kind === "http") return { kind, baseUrl, ...shared };
  const address = baseUrl.trim() === "" ? VERCEL_ADDRESS : baseUrl;
  return {
    kind,
    baseUrl: address,
    project,
    teamId: teamId.trim() === "" ? null : teamId,
    targets: [...targets],
    ...shared,
  };
}
