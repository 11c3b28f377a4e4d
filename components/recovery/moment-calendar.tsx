"use client";

import { ChevronLeft, ChevronRight } from "lucide-react";
import { memo, useEffect, useMemo, useState } from "react";
import { DayPicker } from "react-day-picker";
import type { RecoveryWindow } from "../../lib/domain/recovery-window.ts";
import { readWallTime } from "../../lib/domain/zoned-time.ts";
import { joinClasses } from "../ui/join-classes.ts";
import { type CalendarDay, coverOfDay, type DayCover } from "./day-coverage.ts";

/** The picker's dates are only labels of days, at noon of the browser's zone; which instants they mean is asked of our zone. */
const toLabel = ({ year, month, day }: CalendarDay) => new Date(year, month - 1, day, 12);
const fromLabel = (date: Date): CalendarDay => ({
  year: date.getFullYear(),
  month: date.getMonth() + 1,
  day: date.getDate(),
});

/** Made once: making one takes longer than all else about a day does. */
const fullDate = new Intl.DateTimeFormat("en-GB", { dateStyle: "full" });

const navButton =
  "grid size-7 place-items-center rounded-2 text-ink-2 hover:bg-pressed disabled:cursor-not-allowed disabled:text-ink-disabled disabled:hover:bg-transparent aria-disabled:text-ink-disabled max-wide:size-11 touch:size-11";

function MonthChevron({ orientation }: { orientation?: string }) {
  const Icon = orientation === "left" ? ChevronLeft : ChevronRight;
  return <Icon size={16} strokeWidth={1.6} aria-hidden />;
}

/**
 * The days of the window, a green line below those that are covered, broken where a gap lies. Drawn anew only when one of its
 * inputs changes: the page around it is, many times a second while somebody zooms.
 */
export const MomentCalendar = memo(function MomentCalendar({
  window,
  selectedMs,
  zone,
  nowMs,
  onChooseDay,
}: {
  window: RecoveryWindow;
  selectedMs: number;
  zone: string;
  nowMs: number;
  onChooseDay: (day: CalendarDay) => void;
}) {
  const selected = readWallTime(selectedMs, zone);
  const selectedMonth = selected.year * 12 + selected.month - 1;
  const [month, setMonth] = useState(() => toLabel({ ...selected, day: 1 }));
  useEffect(() => {
    setMonth(new Date(Math.floor(selectedMonth / 12), selectedMonth % 12, 1, 12));
  }, [selectedMonth]);
  const oldest = readWallTime(window.oldest?.timeMs ?? nowMs, zone);
  const cover = useMemo(() => {
    const known = new Map<number, DayCover>();
    return (date: Date) => {
      const found = known.get(date.getTime()) ?? coverOfDay(window, fromLabel(date), zone, nowMs);
      known.set(date.getTime(), found);
      return found;
    };
  }, [window, zone, nowMs]);
  return (
    <DayPicker
      mode="single"
      weekStartsOn={1}
      showOutsideDays
      navLayout="after"
      month={month}
      onMonthChange={setMonth}
      startMonth={toLabel({ ...oldest, day: 1 })}
      endMonth={toLabel({ ...readWallTime(nowMs, zone), day: 1 })}
      selected={toLabel(selected)}
      onDayClick={(date) => cover(date) !== "none" && onChooseDay(fromLabel(date))}
      disabled={(date) => cover(date) === "none"}
      modifiers={{ full: (date) => cover(date) === "full", partly: (date) => cover(date) === "partly" }}
      labels={{
        labelDayButton: (date, modifiers) =>
          `${fullDate.format(date)}${modifiers.partly ? ", with a gap" : ""}${modifiers.disabled ? ", cannot be restored" : ""}`,
      }}
      components={{ Chevron: MonthChevron }}
      modifiersClassNames={{
        full: "[&>button]:after:bg-ok",
        partly: "[&>button]:after:bg-[linear-gradient(90deg,var(--ok)_0_35%,transparent_35%_65%,var(--ok)_65%)]",
      }}
      classNames={{
        month: "grid grid-cols-[1fr_auto] items-center gap-y-1",
        month_caption: "font-[550]",
        nav: "flex",
        button_previous: navButton,
        button_next: navButton,
        month_grid: "col-span-2 w-full table-fixed border-collapse",
        weekday: "h-5 text-11 font-medium text-ink-3",
        day: "p-0 text-center",
        outside: "text-ink-3",
        disabled: "text-ink-disabled",
        selected:
          "[&>button]:bg-accent! [&>button]:font-semibold [&>button]:text-on-accent [&>button]:after:bg-on-accent!",
        day_button: joinClasses(
          "relative mx-auto grid h-[26px] w-[calc(100%-2px)] place-items-center rounded-1 pb-[3px] text-12 font-[450] max-wide:h-11 touch:h-11",
          "enabled:hover:bg-pressed disabled:cursor-not-allowed",
          "after:absolute after:inset-x-[9px] after:bottom-[3px] after:h-0.5 disabled:after:hidden max-wide:after:bottom-2",
        ),
      }}
    />
  );
});
