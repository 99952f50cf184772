import type { Problem } from "./types.ts";

/** An error of the platform, or of the way to it, with the code a person can look up. */
export class ApiError extends Error {
  readonly problem: Problem;

  constructor(problem: Partial<Problem>) {
    const whole = {
      type: "about:blank",
      title: "Something went wrong",
      status: 0,
      code: "error",
      detail: "",
      trace_id: "",
      ...problem,
    };
    super(whole.detail || whole.title);
    this.problem = whole;
  }
}

export function unreachable(): ApiError {
  return new ApiError({
    title: "Ragstone cannot be reached",
    code: "unreachable",
    detail: "Is the server still running?",
  });
}

/** The problem document in a body, or what the status alone tells. */
export function problemOf(status: number, body: string): ApiError {
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === "object" && parsed !== null && "code" in parsed) return new ApiError(parsed as Problem);
  } catch {
    // Not JSON: an intermediary answered.
  }
  return new ApiError({ title: `The server answered ${status}`, status, code: `http_${status}` });
}

/** What any thrown value means to a reader; an abort by the reader is not an error and must be handled before. */
export function problemFrom(thrown: unknown): Problem {
  return (thrown instanceof ApiError ? thrown : unreachable()).problem;
}
