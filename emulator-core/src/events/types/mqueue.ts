/** POSIX message queues: struct mq_attr. */
import { long } from './basic.ts'
import { flags, names } from './names.ts'
import { type ArgumentType, pointer, struct, word } from './type.ts'

const O_CREAT = 0o100
const wide = word(8, long)

export const mqAttributes: ArgumentType = pointer(
  struct(64, [
    ['mq_flags', 0, word(8, flags(names('O_', 'NONBLOCK=0x800'), 'O_???'))],
    ['mq_maxmsg', 8, wide],
    ['mq_msgsize', 16, wide],
    ['mq_curmsgs', 24, wide],
  ]),
)

/** An argument of mq_open that means nothing without O_CREAT. */
export const attributesIfCreating: ArgumentType = {
  capture: (sink, at) => {
    if ((sink.argument(1) & O_CREAT) !== 0) mqAttributes.capture?.(sink, at)
  },
  value: (call, low, high) => ((call.low[1] & O_CREAT) === 0 ? undefined : mqAttributes.value(call, low, high)),
}
