/** The API reference, as its page shows it. */
export type ReferenceField = { name: string; type: string; isRequired: boolean; about: string };

export type ReferenceAnswer = { status: string; about: string; fields: ReferenceField[]; codes: string[] };

/** A call as the list has it. */
export type ReferenceCall = { id: string; method: string; path: string; summary: string };

export type ReferenceOperation = {
  about: string;
  /** The rights of which a caller needs one. */
  actions: string[];
  parameters: (ReferenceField & { place: string })[];
  body: ReferenceField[];
  answers: ReferenceAnswer[];
  /** A call of it for a shell. */
  curl: string;
};

export type ReferenceGroup = { name: string; about: string; operations: ReferenceCall[] };
