"use client";

import { autocompletion, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap } from "@codemirror/commands";
import { PostgreSQL, SQLite, type SQLNamespace, sql } from "@codemirror/lang-sql";
import { bracketMatching, HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Compartment, EditorState, Prec } from "@codemirror/state";
import { EditorView, keymap, lineNumbers } from "@codemirror/view";
import { tags } from "@lezer/highlight";
import { useEffect, useRef } from "react";
import type { DatabaseView } from "../../lib/client/api-types.ts";

const LOOK = EditorView.theme({
  "&": { backgroundColor: "transparent", color: "var(--text)", fontSize: "12px" },
  "&.cm-focused": { outline: "none" },
  ".cm-scroller": { fontFamily: "var(--mono)", lineHeight: "22px", maxHeight: "196px" },
  ".cm-content": { padding: "6px 0", caretColor: "var(--accent)" },
  ".cm-gutters": { backgroundColor: "transparent", border: "none", color: "var(--text-3)" },
  ".cm-cursor": { borderLeftColor: "var(--accent)" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": {
    backgroundColor: "var(--accent-soft)",
  },
  ".cm-tooltip": {
    backgroundColor: "var(--surface)",
    color: "var(--text)",
    border: "1px solid var(--line-strong)",
    borderRadius: "5px",
  },
  ".cm-tooltip-autocomplete > ul > li[aria-selected]": {
    backgroundColor: "var(--accent-soft)",
    color: "var(--text)",
  },
});

const DIALECTS = { sqlite: SQLite, postgres: PostgreSQL } as const;

const COLOURS = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--accent)", fontWeight: "600" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--ok-text)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--warn-text)" },
  { tag: [tags.comment, tags.lineComment, tags.blockComment], color: "var(--text-3)" },
]);

/** An editor for SQL that knows the names of tables and columns. Ctrl or ⌘ with Enter runs it; Tab leaves it. */
export function SqlEditor({
  label,
  value,
  engine,
  names,
  describedBy,
  onChange,
  onRun,
}: {
  label: string;
  value: string;
  engine: DatabaseView["engine"];
  /** Columns by table. */
  names: Readonly<Record<string, readonly string[]>>;
  /** Id of the element that says what is wrong with it. */
  describedBy?: string | undefined;
  onChange: (text: string) => void;
  onRun: () => void;
}) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const language = useRef(new Compartment());
  const attributes = useRef(new Compartment());
  const handlers = useRef({ onChange, onRun });
  const first = useRef({ value, label, engine });
  useEffect(() => {
    handlers.current = { onChange, onRun };
  });
  useEffect(() => {
    if (!place.current) return;
    const run = () => {
      handlers.current.onRun();
      return true;
    };
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        doc: first.current.value,
        extensions: [
          Prec.highest(keymap.of([{ key: "Mod-Enter", run }])),
          lineNumbers(),
          history(),
          bracketMatching(),
          autocompletion({ icons: false }),
          keymap.of([...completionKeymap, ...defaultKeymap, ...historyKeymap]),
          syntaxHighlighting(COLOURS),
          language.current.of(sql({ dialect: DIALECTS[first.current.engine] })),
          attributes.current.of(EditorView.contentAttributes.of({ "aria-label": first.current.label })),
          EditorView.lineWrapping,
          LOOK,
          EditorView.updateListener.of((update) => {
            if (update.docChanged) handlers.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => {
      editor.destroy();
      view.current = null;
    };
  }, []);
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    const schema: SQLNamespace = Object.fromEntries(
      Object.entries(names).map(([table, columns]) => [table, [...columns]]),
    );
    view.current?.dispatch({ effects: language.current.reconfigure(sql({ dialect: DIALECTS[engine], schema })) });
  }, [names, engine]);
  useEffect(() => {
    const content = { "aria-label": label, ...(describedBy !== undefined && { "aria-describedby": describedBy }) };
    view.current?.dispatch({
      effects: attributes.current.reconfigure(EditorView.contentAttributes.of(content)),
    });
  }, [label, describedBy]);
  return <div ref={place} className="min-w-0 flex-1" />;
}
