/**
 * Signal numbers are Linux's everywhere in this kernel: only Linux programs run on it, and NetBSD's translation (sys/compat/linux/common/linux_signo.c)
 * is one to one but for the few numbers it does not have, which are divergences.
 */
export const SIGHUP = 1
export const SIGINT = 2
export const SIGQUIT = 3
export const SIGILL = 4
export const SIGTRAP = 5
export const SIGABRT = 6
export const SIGBUS = 7
export const SIGFPE = 8
export const SIGKILL = 9
export const SIGUSR1 = 10
export const SIGSEGV = 11
export const SIGUSR2 = 12
export const SIGPIPE = 13
export const SIGALRM = 14
export const SIGTERM = 15
export const SIGSTKFLT = 16
export const SIGCHLD = 17
export const SIGCONT = 18
export const SIGSTOP = 19
export const SIGTSTP = 20
export const SIGTTIN = 21
export const SIGTTOU = 22
export const SIGURG = 23
export const SIGXCPU = 24
export const SIGXFSZ = 25
export const SIGVTALRM = 26
export const SIGPROF = 27
export const SIGWINCH = 28
export const SIGIO = 29
export const SIGPWR = 30
export const SIGSYS = 31
export const NSIG = 64
/** The first real-time signal: those queue instead of merging. */
export const SIGRTMIN = 32

export type DefaultAction = 'terminate' | 'core' | 'ignore' | 'stop' | 'continue'

const defaults = new Map<number, DefaultAction>([
  ...[SIGQUIT, SIGILL, SIGTRAP, SIGABRT, SIGBUS, SIGFPE, SIGSEGV, SIGXCPU, SIGXFSZ, SIGSYS].map(
    s => [s, 'core'] as const,
  ),
  ...[SIGCHLD, SIGURG, SIGWINCH].map(s => [s, 'ignore'] as const),
  ...[SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU].map(s => [s, 'stop'] as const),
  [SIGCONT, 'continue'],
])

export function defaultAction(signo: number): DefaultAction {
  return defaults.get(signo) ?? 'terminate'
}
