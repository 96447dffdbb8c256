/** From which nodes memory is to come (Linux: struct mempolicy); kept for whoever asks, since there is one node. */
export interface MemoryPolicy {
  /** MPOL_… and its MPOL_F_…_NODES flags. */
  readonly mode: number
  readonly flags: number
  /** A mask. */
  readonly nodes: bigint
}

export const DEFAULT_POLICY: MemoryPolicy = { mode: 0, flags: 0, nodes: 0n }

export function samePolicy(a: MemoryPolicy, b: MemoryPolicy): boolean {
  return a === b || (a.mode === b.mode && a.flags === b.flags && a.nodes === b.nodes)
}
