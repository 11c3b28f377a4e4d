import { z } from "zod";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Whether a text has the shape of an id: then it is looked up as one first. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/** A database's name: 1 to 64 letters, digits, `.`, `_`, `-`, beginning with a letter or digit; never shaped like an id. */
export const databaseNameSchema = z
  .string()
  .min(1, "Give the database a name.")
  .max(64, "A name has at most 64 characters.")
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "A name is made of letters, digits, dot, dash and underscore.")
  .refine((name) => !isUuid(name), "A name must not look like an id.")
  .refine((name) => name.toLowerCase() !== "new", "The address of a database called new is taken by a page.");

/** A namespace's slug as it stands in addresses. */
export const slugSchema = z
  .string()
  .min(1, "Give the namespace a name.")
  .max(48, "A namespace has at most 48 characters.")
  .regex(/^[a-z0-9](?:[a-z0-9-]*[a-z0-9])?$/, "A namespace is made of lower-case letters, digits and dashes.")
  .refine((slug) => !isUuid(slug), "A namespace must not look like an id.");

/** Control characters, line and paragraph separators, marks that change the direction of text, and what shows nothing. */
const UNPRINTABLE =
  /[\p{Cc}\p{Cs}\u00ad\u115f\u1160\u180e\u3164\uffa0\u{e0000}-\u{e007f}\u2028\u2029\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/u;

/** A restore point's label: 1 to 80 characters after trimming, without control or direction marks. */
export const labelSchema = z
  .string()
  .trim()
  .min(1, "Give the snapshot a label.")
  .refine((label) => [...label].length <= 80, "A label has at most 80 characters.")
  .refine((label) => !UNPRINTABLE.test(label), "A label is one line of printable characters.");

/** One line of words by people, trimmed: names of tokens and the like. `what` has its article: "a name". */
export const printableLineSchema = (what: string, maxLength: number) =>
  z
    .string()
    .trim()
    .min(1, `Give it ${what}.`)
    .refine((text) => [...text].length <= maxLength, `It has at most ${maxLength} characters.`)
    .refine((text) => !UNPRINTABLE.test(text), "It is one line of printable characters.");

/** Whether people would read something else than what is written: control characters, marks that turn or hide text. */
export function isPlainText(text: string): boolean {
  return !UNPRINTABLE.test(text.replaceAll(/[\t\r\n]/g, " "));
}

/** A reason or a comment, which others decide by: up to 500 characters over several lines, with nothing hidden in them. */
export const remarkSchema = z
  .string()
  .trim()
  .max(500, "At most 500 characters.")
  .refine(isPlainText, "Use printable characters only.");

export const windowDaysSchema = z
  .int("A window is a whole number of days.")
  .min(1, "A window has at least one day.")
  .max(365, "A window has at most 365 days.");

/** An e-mail address as it is stored and compared: trimmed and lower-case. */
export const emailSchema = z
  .string()
  .trim()
  .toLowerCase()
  .max(254, "This e-mail address is too long.")
  .pipe(z.email("This is not an e-mail address."));

/** 12 to 200 characters: long enough to be worth hashing, short enough that hashing cannot be abused. */
export const passwordSchema = z
  .string()
  .min(12, "A password has at least 12 characters.")
  .max(200, "A password has at most 200 characters.");
