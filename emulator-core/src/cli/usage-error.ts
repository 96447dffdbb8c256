/** The command line is wrong: the message is one sentence that names the thing; the exit status is 2. */
export class UsageError extends Error {}
