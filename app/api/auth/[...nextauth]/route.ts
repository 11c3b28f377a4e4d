import { answerAuth } from "../../../../lib/web/auth-endpoints.ts";

export { answerAuth as GET, answerAuth as POST, answerAuth as PUT, answerAuth as PATCH, answerAuth as DELETE };
