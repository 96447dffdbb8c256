// When the soak is over: at its time, or at Ctrl-C, after which it still says what it has seen.

/** @returns `signal`: aborted at the end, after `limitMs` at the latest; `interrupted()`: the end was Ctrl-C or SIGTERM, not the time. */
export function endAfter(minutes) {
  const limitMs = minutes * 60_000
  const over = new AbortController()
  let byHand = false
  setTimeout(() => over.abort(), limitMs).unref()
  for (const name of ['SIGINT', 'SIGTERM']) {
    process.once(name, () => {
      byHand = true
      over.abort()
    })
  }
  return { limitMs, signal: over.signal, interrupted: () => byHand }
}
