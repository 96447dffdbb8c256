/** What the graph consists of: nodes in four columns, and the edges along which readiness travels from right to left. */
import type {
  EpollInstance,
  EpollObject,
  Interest,
  LostDescriptor,
  Waiter,
} from '@interlinear/emulator-core/events/queries.ts'

export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}

export type Node = Box & { readonly key: string; readonly column: 0 | 1 | 2 | 3 } & (
    | { readonly kind: 'process'; readonly pid: number; readonly program: string; readonly instances: number }
    | { readonly kind: 'waiter'; readonly waiter: Waiter; readonly instance: EpollInstance }
    /** Another process that has the instance too, or should have it. */
    | {
        readonly kind: 'holder'
        readonly pid: number
        readonly descriptors: readonly string[]
        readonly lost: LostDescriptor | undefined
        readonly instance: EpollInstance
      }
    | {
        readonly kind: 'instance'
        readonly instance: EpollInstance
        readonly interests: number
        /** Places of the queue that are drawn. */
        readonly slots: number
        /** How far its text stands below its top, so that it stays in sight. */
        readonly offset: number
        /** How far that may be. */
        readonly slack: number
        readonly folded: boolean
      }
    | { readonly kind: 'interest'; readonly interest: Interest; readonly instance: EpollInstance }
    | { readonly kind: 'object'; readonly object: EpollObject; readonly epoll: number }
    /** Many interests, each a small cell. */
    | {
        readonly kind: 'field'
        readonly instance: EpollInstance
        readonly cells: readonly Interest[]
        readonly columns: number
        readonly pitch: number
      }
  )

export type NodeOf<K extends Node['kind']> = Extract<Node, { readonly kind: K }>

/** `deep`: it stands in the queue behind what is drawn of it, so its line ends at the instance. */
export type EdgeState = 'idle' | 'hot' | 'deep' | 'waiting' | 'delivered' | 'gone' | 'lost'

export interface Edge {
  readonly key: string
  readonly kind: 'waiter' | 'interest' | 'object' | 'nested' | 'holder'
  readonly from: string
  readonly to: string
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  readonly state: EdgeState
  /** Goes up with each activation or delivery along the edge. */
  readonly beat: number
  /** Moves with the text of the instance. */
  readonly follows?: number
}

export interface Column {
  readonly title: string
  readonly x: number
  readonly width: number
}

export interface Layout {
  readonly width: number
  readonly height: number
  readonly columns: readonly Column[]
  readonly nodes: readonly Node[]
  readonly edges: readonly Edge[]
}

/** It waits to be delivered, or its condition holds. */
export const isHot = (interest: Interest): boolean =>
  !interest.gone && interest.knotes.some(({ state }) => state === 'queued' || state === 'active')

/** Something about it is not as a reader would think. */
export const isMarked = (interest: Interest): boolean =>
  interest.leftBehind || interest.numberClosed || interest.badges.length > 0 || interest.differs !== ''

export const activationsOf = (interest: Interest): number =>
  interest.knotes.reduce((sum, each) => sum + each.activations, 0)

export const interestNode = (epoll: number, interest: Pick<Interest, 'key'>): string =>
  `interest:${epoll}:${interest.key}`
