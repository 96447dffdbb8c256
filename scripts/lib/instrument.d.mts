export function instrument(
  text: string,
  stepper: string,
  first: { readonly functions: number; readonly statements: number },
): {
  readonly text: string
  readonly functions: readonly { readonly name: string; readonly line: number }[]
  readonly statements: readonly { readonly line: number; readonly column: number; readonly names: readonly string[] }[]
}
