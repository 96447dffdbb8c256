/** The questions of the call list, and of the bar that all views have. */
import type { Extent, Position } from './common.ts'

export interface CallQueries {
  /** What there is, for empty states and for the bar that all views have. */
  summary: { readonly takes: object; readonly gives: Summary }
  /** The rows of the call list that cover the lines `fromLine` … `fromLine + lines - 1`. With `native` a row may take two lines. */
  calls: {
    readonly takes: {
      readonly filter: string
      readonly native: boolean
      readonly fromLine: number
      readonly lines: number
    }
    readonly gives: CallRows
  }
  /** Where in the filtered list the row of an event is, or the first row after it; with `step` the row before (-1) or after (1) that. */
  place: {
    readonly takes: {
      readonly filter: string
      readonly native: boolean
      readonly event: number
      readonly step?: -1 | 0 | 1
    }
    readonly gives: CallPlace
  }
  /** All about the call (or other row) that the event belongs to. */
  call: { readonly takes: { readonly event: number }; readonly gives: CallDetails }
  /** strace -c of what the filter lets through: calls that have come back. */
  statistics: { readonly takes: { readonly filter: string }; readonly gives: Statistics }
  /** Rows of the filtered list from a place on (and before another), as many as there is time for, as a part of a file. */
  export: {
    readonly takes: {
      readonly filter: string
      readonly format: ExportFormat
      readonly from: number
      readonly to?: number
    }
    readonly gives: ExportPart
  }
  /** What the descriptor refers to at an event, from open to close, under all its numbers: a part of its uses. */
  follow: {
    readonly takes: {
      readonly pid: number
      readonly fd: number
      readonly at: Position
      readonly fromUse: number
      readonly uses: number
    }
    readonly gives: Followed
  }
  /** Words that go on what is typed into the filter box at its end. */
  completions: { readonly takes: { readonly filter: string }; readonly gives: { readonly words: readonly string[] } }
}

export interface Summary extends Extent {
  readonly personality: string
  readonly program: string
  readonly firstTime: number
  readonly lastTime: number
  /** ns since 1970 at monotonic 0, as text; empty if unknown. */
  readonly realtime: string
  readonly calls: number
  readonly failures: number
  readonly divergences: number
  readonly epolls: number
  readonly inotifies: number
  readonly threads: number
  /** ms since the last event came in, by this computer's clock. */
  readonly quiet: number
}

export type RowKind = 'call' | 'signal' | 'start' | 'exit'
export type CallState = 'done' | 'waiting' | 'running' | 'failed' | 'restarted' | 'unimplemented' | 'never-returns'

export interface CallRow {
  /** Its place among the rows that the filter lets through, from 0, and its first line. */
  readonly place: number
  readonly line: number
  readonly kind: RowKind
  /** Its first event, which names it, and its last; undefined while it goes on. */
  readonly event: number
  readonly last: number | undefined
  readonly pid: number
  readonly tid: number
  readonly time: number
  /** Undefined while it has not ended. */
  readonly duration: number | undefined
  /** Name, and arguments as strace prints them. For other rows: what happened. */
  readonly name: string
  readonly arguments: string
  /** As strace prints it behind the equals sign; empty while there is none. */
  readonly result: string
  readonly state: CallState
  /** The native calls it became, each on one line. */
  readonly native: readonly string[]
  /** Names of the divergences it met. */
  readonly divergences: readonly string[]
}

export interface CallRows extends Extent {
  readonly rows: readonly CallRow[]
  /** When the row before the first of them began; undefined if there is none. */
  readonly before: number | undefined
  /** Rows and lines that the filter lets through so far, of how many rows. */
  readonly matched: number
  readonly lines: number
  readonly total: number
  /** Rows that the filter has looked at so far. */
  readonly scanned: number
  /** What is wrong with the filter, as a sentence. */
  readonly problem: string | undefined
}

export interface CallPlace extends Extent {
  readonly place: number
  readonly line: number
  /** The row's event; undefined if there is no row. */
  readonly event: number | undefined
}

/** A decoded value with its parts. */
export interface Decoded {
  readonly name: string
  readonly text: string
  readonly parts?: readonly Decoded[]
}

/** What happened inside a call, in order. */
export interface Inside {
  readonly event: number
  readonly time: number
  readonly kind: 'step' | 'native' | 'divergence' | 'change' | 'sleep' | 'wake'
  readonly text: string
  readonly parts: readonly Decoded[]
  /** What it answered, where it did. */
  readonly result: string
  readonly failed: boolean
}

export interface CallDetails extends Extent {
  readonly row: CallRow
  readonly decoded: readonly Decoded[]
  /** The same with what descriptors refer to: the whole line, as strace -y prints it. */
  readonly strace: string
  /** Descriptors that it was given or answered. */
  readonly descriptors: readonly CallDescriptor[]
  /** The answer in words: the error's message, or what the number is. */
  readonly answer: string
  readonly inside: readonly Inside[]
  /** More happened inside than is told. */
  readonly more: number
}

/** A descriptor that a call is about. `at`: the event at which it meant what the call means. */
export interface CallDescriptor {
  readonly fd: number
  readonly at: number
  /** What it refers to; empty if that is not known. */
  readonly text: string
}

export interface Statistics extends Extent {
  readonly rows: readonly StatisticsRow[]
  /** Rows of the list that were looked at, of how many. */
  readonly scanned: number
  readonly total: number
  readonly calls: number
  readonly time: number
  readonly problem: string | undefined
}

export interface StatisticsRow {
  readonly name: string
  readonly calls: number
  readonly failures: number
  readonly time: number
  readonly longest: number
}

/** `strace`: as `strace -f -ttt -T` writes it. */
export type ExportFormat = 'strace' | 'csv' | 'json'

export interface ExportPart extends Extent {
  readonly text: string
  /** Where the next part begins; undefined: this was the last. */
  readonly next: number | undefined
  readonly matched: number
}

/** An open file, followed under all the numbers that it has in all processes. */
export interface Followed extends Extent {
  /** Undefined: the descriptor refers to nothing there. */
  readonly file: number | undefined
  readonly type: string
  readonly description: string
  readonly lives: readonly DescriptorLife[]
  /** Lives that are not told. */
  readonly moreLives: number
  /** Uses found so far, the rows that were looked at for them, of how many. */
  readonly found: number
  readonly scanned: number
  readonly total: number
  readonly received: Traffic
  readonly sent: Traffic
  readonly fromUse: number
  readonly uses: readonly DescriptorUse[]
}

export interface Traffic {
  readonly calls: number
  readonly bytes: number
}

/** How long a number refers to the file. */
export interface DescriptorLife {
  readonly pid: number
  readonly fd: number
  /** A process that was forked has it from the other one. */
  readonly inherited: boolean
  readonly opened: LifeEnd
  /** Undefined: it is open. */
  readonly closed: LifeEnd | undefined
}

export interface LifeEnd {
  readonly event: number
  readonly time: number
  /** The call that did it; empty if no call did. */
  readonly text: string
}

export interface DescriptorUse {
  readonly row: CallRow
  /** The bytes that it moved; undefined if it is not a call that moves any. */
  readonly transfer: Transfer | undefined
}

export interface Transfer {
  /** As the program sees it. */
  readonly direction: 'received' | 'sent'
  readonly bytes: number
  readonly pieces: readonly TransferPiece[]
}

/** Bytes as hexadecimal digits, and how many behind them were not recorded. */
export interface TransferPiece {
  readonly hex: string
  readonly missing: number
}
