export interface Package {
  readonly licence: string
  /** Where its licence is; undefined if it is not on this machine. */
  readonly folder: string | undefined
}
export function npmPackages(inputs: readonly string[]): Map<string, Package>
export function crates(): Map<string, Package>
export function noticesOf(packages: ReadonlyMap<string, Package>): string
