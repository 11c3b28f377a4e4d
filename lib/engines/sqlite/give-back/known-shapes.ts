import type { DatabaseSync } from "node:sqlite";
import {
  type ForeignKey,
  parentKey,
  readForeignKeys,
  readShape,
  type SchemaName,
  same,
  type TableShape,
} from "./table-shape.ts";

/** A foreign key that leads from one table to another, with what it refers to. */
export type Reference = {
  child: string;
  from: string[];
  parent: string;
  to: string[];
  collations: string[];
};

/** The tables of one attached database, each read once. */
export class KnownShapes {
  readonly #connection: DatabaseSync;
  readonly #schema: SchemaName;
  readonly #shapes = new Map<string, TableShape | null>();
  #children: { child: string; key: ForeignKey }[] | null = null;

  constructor(connection: DatabaseSync, schema: SchemaName) {
    this.#connection = connection;
    this.#schema = schema;
  }

  /** An ordinary table; null where there is none, or something else. */
  get(name: string): TableShape | null {
    const id = name.toLowerCase();
    const known = this.#shapes.get(id);
    if (known !== undefined) return known;
    const found = readShape(this.#connection, this.#schema, name);
    const shape = found && !("refused" in found) ? found : null;
    this.#shapes.set(id, shape);
    return shape;
  }

  /** A table that is not there, and will be. */
  add(shape: TableShape): void {
    this.#shapes.set(shape.name.toLowerCase(), shape);
  }

  /** What the foreign keys of a table refer to. Those that mean no unique key of their parent are in `broken`. */
  parentsOf(child: TableShape): { references: Reference[]; broken: ForeignKey[] } {
    const references: Reference[] = [];
    const broken: ForeignKey[] = [];
    for (const key of child.foreignKeys) {
      const parent = same(key.parent, child.name) ? child : this.get(key.parent);
      const target = parent && parentKey(parent, key);
      if (parent && target) {
        references.push({
          child: child.name,
          from: key.from,
          parent: parent.name,
          to: target.columns,
          collations: target.collations,
        });
      } else broken.push(key);
    }
    return { references, broken };
  }

  /** Who refers to a table. */
  childrenOf(parent: TableShape): Reference[] {
    this.#children ??= this.#readChildren();
    return this.#children.flatMap(({ child, key }) => {
      if (!same(key.parent, parent.name)) return [];
      const target = parentKey(parent, key);
      return target
        ? [{ child, from: key.from, parent: parent.name, to: target.columns, collations: target.collations }]
        : [];
    });
  }

  #readChildren(): { child: string; key: ForeignKey }[] {
    const names = this.#connection
      .prepare(`SELECT name FROM ${this.#schema}.sqlite_schema WHERE type = 'table' AND sql LIKE '%REFERENCES%'`)
      .all();
    return names.flatMap(({ name }) =>
      readForeignKeys(this.#connection, this.#schema, String(name)).map((key) => ({ child: String(name), key })),
    );
  }
}
