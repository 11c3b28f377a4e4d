/**
 * A file of a history as an engine lists it for its second copy.
 *   whole    never changes once it is there
 *   growing  only ever added to; its first `bytes` are final
 *   content  small and replaced as a whole; read when it was listed
 */
export type ListedFile = {
  /** Below the history's directory, with slashes. */
  path: string;
  /** The same for the same bytes, under whichever path they lie. */
  name: string;
} & (
  | {
      kind: "whole";
      file: string;
      /** Files that count only together, and may come later than the rest; null: it comes before whatever is listed behind it. */
      group: string | null;
      /** Another one where the engine itself made the file anew under its name, as an erasure does: then what was shipped of it is given up. */
      version?: string;
    }
  | {
      kind: "growing";
      file: string;
      bytes: number;
      /** What the file's length is to be when it is brought back, with zeroes behind its bytes. */
      sizeBytes: number;
      /** Nothing ever rewrites it: where it does not begin with what was shipped of it, the history was set back. */
      isFinal?: boolean;
    }
  | { kind: "content"; content: Buffer }
);

export type CopiedMoment = { bookmark: string; txid: number /** Unix milliseconds. */; timeMs: number };

/** Everything that a history is made of at one time: with these files alone it can be restored up to `newest`. */
export type CopyListing = {
  /** Another one: what lay there before was begun anew, and files of the same names are others. */
  generation: string;
  files: ListedFile[];
  newest: CopiedMoment;
  /** The oldest commit that it can be restored to; null: none yet. */
  oldest?: Pick<CopiedMoment, "bookmark" | "timeMs"> | null;
  /** False where something of it is missing or damaged on this disk: then nothing of the copy is given up. */
  isSound: boolean;
  /** Whether a commit that was shipped is one of this history; null: it is older than what is kept here. */
  knows?(shipped: CopiedMoment): boolean | null;
};

/** One history, as it is kept a second time. */
export interface CopySource {
  /** Changes whenever there may be something new; cheap. Null while there is no history yet. */
  stamp(): string | null;
  /** Makes what is listed, where it is no history that is there by itself. */
  prepare?(): Promise<void>;
  /** Throws the system's `ENOENT` where a file went meanwhile: then it is asked again. */
  list(): CopyListing;
}
