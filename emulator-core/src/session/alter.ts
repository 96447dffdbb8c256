/** What a user asks of a held thread in words, and what may be changed of it. */
import type { Lwp } from '../native/lwp.ts'
import { stepper } from '../native/stepper.ts'
import { Expression, type Scope } from './expression.ts'
import { knownValue } from './kernel-values.ts'
import type { NamedValue } from './protocol.ts'
import { registerSlot, setRegister } from './scope.ts'

/** @throws Error whose message is for people. */
export function evaluate(scope: Scope, text: string): NamedValue {
  // gdb's habits: `p x`, `print x`, `set $rax = 0`.
  const expression = new Expression(text.replace(/^\s*(?:p|print|set(?:\s+var)?)\s+(?=[\w$(])/, ''))
  return stepper.aside(() => {
    const value = expression.value(scope)
    return knownValue(text, '', value) ?? { name: text, value: 'a function' }
  })
}

/** @throws Error whose message is for people. */
export function setRegisterTo(l: Lwp, name: string, scope: Scope, text: string): void {
  const slot = registerSlot(name)
  setRegister(
    l,
    slot,
    stepper.aside(() => new Expression(text).value(scope)),
  )
}

/** How many bytes could be written: what the program itself may not write is left as it is. */
export function writeMemory(l: Lwp, address: number, bytes: Uint8Array): number {
  const { memory, watch } = l.proc.vm
  const written = memory.copyoutPartial(address, bytes)
  // Nobody has to be told of what was asked for.
  watch?.changed()
  return written
}
