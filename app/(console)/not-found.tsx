import { NotFoundNote } from "../../components/shell/not-found-note.tsx";
import { PageTop } from "../../components/shell/page-top.tsx";
import { signOut } from "../(auth)/actions.ts";

export default function ConsoleNotFound() {
  return (
    <>
      <PageTop crumbs={[{ text: "Not found" }]} signOut={signOut} />
      <NotFoundNote />
    </>
  );
}
