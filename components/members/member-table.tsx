"use client";

import { Ellipsis, Lock, LogOut, Table2, UserMinus } from "lucide-react";
import { type ReactNode, useState } from "react";
import { formatCount } from "../../lib/client/format-count.ts";
import type { MemberView } from "../../lib/client/member-types.ts";
import { roleMay } from "../../lib/domain/actions.ts";
import { isWithin } from "../../lib/domain/member-rules.ts";
import { useViewer } from "../shell/console-context.tsx";
import { Button } from "../ui/button.tsx";
import { Chip } from "../ui/chip.tsx";
import { Menu, MenuItem } from "../ui/menu.tsx";
import { AgoText, MomentText } from "../ui/moment-text.tsx";
import { ChangeRoleDialog } from "./change-role-dialog.tsx";
import type { MemberActions } from "./member-actions.ts";
import { RemoveMemberDialog } from "./remove-member-dialog.tsx";
import { WriteRightsDialog } from "./write-rights-dialog.tsx";

type Open = { what: "role" | "rights" | "remove" | "leave"; member: MemberView };

/** Members in rows: role, since when, how the account is guarded, and what may be done about them. */
export function MemberTable({
  members,
  owners,
  actions,
}: {
  members: readonly MemberView[];
  owners: number;
  actions: MemberActions;
}) {
  const [open, setOpen] = useState<Open | null>(null);
  const { role } = useViewer();
  const mayChange = roleMay(role, "member.change-role");
  const close = () => setOpen(null);
  return (
    <>
      <table className="w-full border-collapse max-wide:block">
        <caption className="sr-only">Members of this namespace</caption>
        <thead className="max-wide:sr-only">
          <tr className="h-7 border-b border-line-strong text-left text-12 text-ink-3 [&>th]:pr-4 [&>th]:font-medium">
            <th scope="col">Person</th>
            <th scope="col">Role</th>
            <th scope="col">Since</th>
            {mayChange && <th scope="col">Second factor</th>}
            {mayChange && <th scope="col">Last seen</th>}
            <th scope="col" className="w-10">
              <span className="sr-only">Change</span>
            </th>
          </tr>
        </thead>
        <tbody className="max-wide:block">
          {members.map((member) => (
            <MemberRow
              key={member.userId}
              member={member}
              mayChange={mayChange}
              isLastOwner={member.role === "owner" && owners === 1}
              onOpen={(what) => setOpen({ what, member })}
            />
          ))}
        </tbody>
      </table>
      {open?.what === "role" && <ChangeRoleDialog member={open.member} giveRole={actions.giveRole} onClose={close} />}
      {open?.what === "rights" && (
        <WriteRightsDialog
          member={members.find(({ userId }) => userId === open.member.userId) ?? open.member}
          setWriteRight={actions.setWriteRight}
          onClose={close}
        />
      )}
      {open?.what === "remove" && <RemoveMemberDialog member={open.member} takeOut={actions.takeOut} onClose={close} />}
      {open?.what === "leave" && <RemoveMemberDialog member={open.member} leave={actions.leave} onClose={close} />}
    </>
  );
}

function MemberRow({
  member,
  mayChange,
  isLastOwner,
  onOpen,
}: {
  member: MemberView;
  mayChange: boolean;
  isLastOwner: boolean;
  onOpen: (what: Open["what"]) => void;
}) {
  const { role } = useViewer();
  const mayTouch = mayChange && isWithin(role, member.role);
  const items: ReactNode[] = [];
  const icon = { size: 16, strokeWidth: 1.6, "aria-hidden": true } as const;
  if (mayTouch && !isLastOwner) {
    items.push(
      <MenuItem key="role" icon={<Lock {...icon} />} onSelect={() => onOpen("role")}>
        Change role…
      </MenuItem>,
    );
  }
  if (mayTouch && member.role === "member") {
    items.push(
      <MenuItem key="rights" icon={<Table2 {...icon} />} onSelect={() => onOpen("rights")}>
        Write rights…
      </MenuItem>,
    );
  }
  if (member.isYou && !isLastOwner) {
    items.push(
      <MenuItem key="leave" risky icon={<LogOut {...icon} />} onSelect={() => onOpen("leave")}>
        Leave this namespace…
      </MenuItem>,
    );
  }
  if (mayTouch && !member.isYou) {
    items.push(
      <MenuItem key="remove" risky icon={<UserMinus {...icon} />} onSelect={() => onOpen("remove")}>
        Take out…
      </MenuItem>,
    );
  }
  return (
    <tr className="h-12 border-b border-line max-wide:grid max-wide:h-auto max-wide:gap-y-0.5 max-wide:grid-cols-[minmax(0,1fr)_44px] max-wide:items-center max-wide:py-2 [&>td]:pr-4 max-wide:[&>td]:pr-0">
      <th
        scope="row"
        className="max-w-0 pr-4 text-left font-normal max-wide:max-w-none max-wide:pr-2 w-[34%] max-wide:w-auto"
      >
        <span className="block truncate font-[550]">
          {member.email}
          {member.isYou && <span className="ml-1.5 font-normal text-ink-3">you</span>}
        </span>
        {member.readOnly.length > 0 && (
          <span className="block truncate text-12 text-ink-3">
            reads only{" "}
            {member.readOnly.length > 2
              ? formatCount(member.readOnly.length, "database")
              : member.readOnly.map(({ name }) => name).join(", ")}
          </span>
        )}
      </th>
      <td className="max-wide:col-start-1">
        <span className="max-wide:mr-2">{member.role}</span>
        <span className="text-12 text-ink-3 wide:hidden">
          {isLastOwner ? (
            "the last owner"
          ) : (
            <>
              since <MomentText ms={member.sinceMs} precision="minute" />
            </>
          )}
        </span>
        {isLastOwner && <span className="ml-1.5 text-12 text-ink-3 max-wide:hidden">the last one</span>}
      </td>
      <td className="text-ink-2 max-wide:hidden">
        <MomentText ms={member.sinceMs} precision="minute" />
      </td>
      {mayChange && (
        <td className="max-wide:col-start-1">
          {member.secondFactor ? <Chip tone="ok">on</Chip> : <span className="text-ink-3">off</span>}
          <span className="ml-1.5 text-12 text-ink-3 wide:hidden">second factor</span>
        </td>
      )}
      {mayChange && (
        <td className="text-ink-2 max-wide:hidden">
          {member.lastSeenMs === null ? <span className="text-ink-3">never</span> : <AgoText ms={member.lastSeenMs} />}
        </td>
      )}
      <td className="text-right max-wide:col-start-2 max-wide:row-start-1">
        {items.length > 0 && (
          <Menu
            trigger={
              <Button tone="quiet" size="smallIcon" aria-label={`What to do about ${member.email}`}>
                <Ellipsis size={16} strokeWidth={1.6} aria-hidden />
              </Button>
            }
          >
            {items}
          </Menu>
        )}
      </td>
    </tr>
  );
}
