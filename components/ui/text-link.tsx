import Link from "next/link";
import type { ComponentProps } from "react";
import { joinClasses } from "./join-classes.ts";

const look = "inline-flex items-center gap-1 rounded-1 font-medium text-accent underline-offset-3 hover:underline";

/** A link among words. */
export function TextLink({ className, ...rest }: ComponentProps<typeof Link>) {
  return <Link className={joinClasses(look, className)} {...rest} />;
}

/** A button that reads as a link among words. */
export function TextButton({ className, ...rest }: ComponentProps<"button">) {
  return <button type="button" className={joinClasses(look, className)} {...rest} />;
}
