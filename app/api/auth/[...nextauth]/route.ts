import { answerAuth } from "../../../../lib/web/auth-endpoints.ts";

export { answerAuth as GET, answerAuth as POST };
