/** What comes with a signal: siginfo_t, as far as somebody sent or caused it. si_code in Linux's numbers. */
export interface SigInfo {
  readonly signo: number
  readonly code: number
  readonly errno?: number
  /** Who sent it. */
  readonly pid?: number
  readonly uid?: number
  /** The address of a fault. */
  readonly address?: number
  /** Exit code or signal of a child. */
  readonly status?: number
  readonly userTime?: number
  readonly systemTime?: number
  /** sigqueue's value, and a timer's. */
  readonly value?: bigint
  readonly timerId?: number
  readonly overrun?: number
  /** SIGIO: band and descriptor. */
  readonly band?: number
  readonly fd?: number
  /** rt_sigqueueinfo's bytes as the program gave them: 128. */
  readonly raw?: Uint8Array
  /** Who sent it wants to know that it has been taken or dropped, and has the last word on what is told (a timer's overruns). */
  readonly taken?: (info: SigInfo) => SigInfo
  /** Processor trap number and error code, for the signal frame. */
  readonly trap?: number
  readonly trapError?: number
}

export const SI_USER = 0
export const SI_KERNEL = 0x80
export const SI_QUEUE = -1
export const SI_TIMER = -2
export const SI_MESGQ = -3
export const SI_TKILL = -6
export const SEGV_MAPERR = 1
export const SEGV_ACCERR = 2
export const BUS_ADRALN = 1
export const BUS_ADRERR = 2
export const FPE_INTDIV = 1
export const ILL_ILLOPN = 2
export const TRAP_BRKPT = 1
export const TRAP_TRACE = 2
export const CLD_EXITED = 1
export const CLD_KILLED = 2
export const CLD_DUMPED = 3
export const CLD_TRAPPED = 4
export const CLD_STOPPED = 5
export const CLD_CONTINUED = 6
