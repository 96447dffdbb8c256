/** A run that cannot begin: the message is one sentence for people, the status what a shell would answer. */
export class LaunchError extends Error {
  readonly status: number

  constructor(message: string, status: number) {
    super(message)
    this.status = status
  }
}
