/** A failure whose message is written for the user: shown as it is, without a stack trace. */
export class Failure extends Error {}

/** Runs a command's main function; a `Failure` becomes its message and exit status 1. */
export async function main(body) {
  try {
    await body()
  } catch (error) {
    if (!(error instanceof Failure)) throw error
    console.error(error.message)
    process.exitCode = 1
  }
}
