/** What is used of iced-x86: its own declarations are half a megabyte, which every check of types would read. */

export interface Iced {
  readonly FormatterSyntax: { readonly Gas: number }
  readonly DecoderOptions: { readonly None: number }
  readonly Formatter: new (syntax: number) => Formatter
  readonly Decoder: new (bitness: number, data: Uint8Array, options: number) => Decoder
}

interface Formatter {
  ripRelativeAddresses: boolean
  branchLeadingZeros: boolean
  uppercaseHex: boolean
  smallHexNumbersInDecimal: boolean
  format(instruction: Instruction): string
}

/** `free`: it lies in the memory of WebAssembly, where nobody collects it. */
interface Decoder {
  ip: bigint
  decode(): Instruction
  free(): void
}

interface Instruction {
  readonly length: number
  readonly isInvalid: boolean
  readonly isIpRelMemoryOperand: boolean
  readonly ipRelMemoryAddress: bigint
  /** 0: it is no such branch. */
  readonly nearBranchTarget: bigint
  free(): void
}
