/** ioctl requests by name, and the arguments of those that programs use. */
import { formatted, type Value } from '../value.ts'
import { hex, hexInt, int, uint } from './basic.ts'
import { choice, flags, nameOf, names } from './names.ts'
import { cloneNames } from './process.ts'
import type { Returns } from './table.ts'
import { type ArgumentType, pointer, pointerToWord, struct, word } from './type.ts'

export const ioctlNames = names(
  '',
  `TCGETS=0x5401 TCSETS=0x5402 TCSETSW=0x5403 TCSETSF=0x5404 TCGETA=0x5405 TCSBRK=0x5409 TCXONC=0x540a TCFLSH=0x540b TIOCEXCL=0x540c TIOCNXCL=0x540d
  TIOCSCTTY=0x540e TIOCGPGRP=0x540f TIOCSPGRP=0x5410 TIOCOUTQ=0x5411 TIOCSTI=0x5412 TIOCGWINSZ=0x5413 TIOCSWINSZ=0x5414 FIONREAD=0x541b
  FIONBIO=0x5421 TIOCPKT=0x5420 TIOCGPKT=0x80045438 TIOCGPTLCK=0x80045439 TIOCGEXCL=0x80045440 TIOCNOTTY=0x5422 TIOCSETD=0x5423 TIOCGETD=0x5424 TCSBRKP=0x5425 TIOCGSID=0x5429 TIOCGPTN=0x80045430 TIOCSPTLCK=0x40045431
  TIOCGPTPEER=0x5441 FIONCLEX=0x5450 FIOCLEX=0x5451 FIOASYNC=0x5452 FIOQSIZE=0x5460 SIOCGIFCONF=0x8912 SIOCGIFFLAGS=0x8913 SIOCGIFADDR=0x8915
  SIOCGIFNETMASK=0x891b SIOCGIFMTU=0x8921 SIOCGIFHWADDR=0x8927 SIOCGIFINDEX=0x8933 FICLONE=0x40049409 FICLONERANGE=0x4020940d
  FS_IOC_GETFLAGS=0x80086601 FS_IOC_SETFLAGS=0x40086602 FS_IOC_FIEMAP=0xc020660b BLKGETSIZE64=0x80081272 BLKSSZGET=0x1268 FIGETBSZ=2 KDGKBTYPE=0x4b33
  NS_GET_USERNS=0xb701 NS_GET_PARENT=0xb702 NS_GET_NSTYPE=0xb703 NS_GET_OWNER_UID=0xb704`,
)
const directions = ['_IOC_NONE', '_IOC_WRITE', '_IOC_READ', '_IOC_READ|_IOC_WRITE']

export const ioctlRequest: ArgumentType = {
  value: (_call, low) => {
    const name = nameOf(ioctlNames, low)
    if (name !== undefined) return name
    const part = (n: number) => (n === 0 ? '0' : `0x${n.toString(16)}`)
    const text = `_IOC(${directions[low >>> 30]}, ${part((low >>> 8) & 0xff)}, ${part(low & 0xff)}, ${part((low >>> 16) & 0x3fff)})`
    return formatted(text, text)
  },
}

const windowSize = pointer(
  struct(8, [
    ['ws_row', 0, word(2, uint)],
    ['ws_col', 2, word(2, uint)],
    ['ws_xpixel', 4, word(2, uint)],
    ['ws_ypixel', 6, word(2, uint)],
  ]),
)
const inputFlags = flags(
  names(
    '',
    'IGNBRK=1 BRKINT=2 IGNPAR=4 PARMRK=8 INPCK=0x10 ISTRIP=0x20 INLCR=0x40 IGNCR=0x80 ICRNL=0x100 IUCLC=0x200 IXON=0x400 IXANY=0x800 IXOFF=0x1000 IMAXBEL=0x2000 IUTF8=0x4000',
  ),
  'I???',
)
const localFlags = flags(
  names(
    '',
    'ISIG=1 ICANON=2 XCASE=4 ECHO=8 ECHOE=0x10 ECHOK=0x20 ECHONL=0x40 NOFLSH=0x80 TOSTOP=0x100 ECHOCTL=0x200 ECHOPRT=0x400 ECHOKE=0x800 FLUSHO=0x1000 PENDIN=0x4000 IEXTEN=0x8000',
  ),
  'ISIG???',
)
const speeds = names(
  '',
  'B0=0 B50=1 B75=2 B110=3 B134=4 B150=5 B200=6 B300=7 B600=8 B1200=9 B1800=10 B2400=11 B4800=12 B9600=13 B19200=14 B38400=15',
)

/** strace's short form: the speed, and what is on or off. */
const termios: ArgumentType = pointer({
  size: 36,
  read: (call, view, at) => {
    const [iflag, oflag, cflag, lflag] = [0, 4, 8, 12].map(o => view.getUint32(at + o, true))
    const on = (set: boolean | number, name: string) => `${set ? '' : '-'}${name}`
    const speed = nameOf(speeds, cflag & 15) ?? `B${cflag & 15}`
    const text = `{${speed} ${on(oflag & 1, 'opost')} ${on(lflag & 1, 'isig')} ${on(lflag & 2, 'icanon')} ${on(lflag & 8, 'echo')} ...}`
    const value: Value = {
      kind: 'struct',
      more: false,
      fields: [
        ['c_iflag', inputFlags.value(call, iflag, 0) ?? 0],
        ['c_oflag', hexInt.value(call, oflag, 0) ?? 0],
        ['c_cflag', hexInt.value(call, cflag, 0) ?? 0],
        ['c_lflag', localFlags.value(call, lflag, 0) ?? 0],
      ],
    }
    return formatted(text, value)
  },
})

const intAt = pointerToWord(word(4, int))
const READ_BY_KERNEL = 'in'
type Shape = readonly [direction: 'in' | 'out', type: ArgumentType]
const shapes: Readonly<Record<string, Shape>> = {
  TCGETS: ['out', termios],
  TCSETS: ['in', termios],
  TCSETSW: ['in', termios],
  TCSETSF: ['in', termios],
  TIOCGWINSZ: ['out', windowSize],
  TIOCSWINSZ: ['in', windowSize],
  TIOCGPGRP: ['out', intAt],
  TIOCSPGRP: ['in', intAt],
  TIOCGSID: ['out', intAt],
  FIONREAD: ['out', intAt],
  TIOCOUTQ: ['out', intAt],
  FIONBIO: ['in', intAt],
  FIOASYNC: ['in', intAt],
  TIOCGPTN: ['out', intAt],
  TIOCSPTLCK: ['in', intAt],
  TIOCGPTLCK: ['out', intAt],
  TIOCGPKT: ['out', intAt],
  TIOCPKT: ['in', intAt],
  TIOCGEXCL: ['out', intAt],
  TIOCGETD: ['out', intAt],
  TCXONC: ['in', choice(names('', 'TCOOFF=0 TCOON=1 TCIOFF=2 TCION=3'), 'TC???')],
  TCFLSH: ['in', choice(names('', 'TCIFLUSH=0 TCOFLUSH=1 TCIOFLUSH=2'), 'TC???FLUSH')],
  FICLONE: ['in', int],
  NS_GET_OWNER_UID: ['out', pointerToWord(word(4, uint))],
}
const shapeOf = new Map(ioctlNames.map(([name, number]) => [number, shapes[name]]))
const bare = new Set(
  ['FIOCLEX', 'FIONCLEX', 'TIOCNOTTY', 'TIOCEXCL', 'TIOCNXCL', 'NS_GET_USERNS', 'NS_GET_PARENT', 'NS_GET_NSTYPE'].map(
    n => ioctlNames.find(([name]) => name === n)?.[1],
  ),
)

const NS_GET_NSTYPE = 0xb703

/** A kind of namespace by its name too. */
export const ioctlResult: Returns = call =>
  call.low[1] === NS_GET_NSTYPE && call.error === 0 ? { comment: nameOf(cloneNames, call.resultLow) ?? '' } : undefined

/** Captured at entry where the kernel reads it, at exit where it writes. */
export const ioctlArgument: ArgumentType = {
  capture: (sink, at) => shapeOf.get(sink.argument(1) % 2 ** 32)?.[1].capture?.(sink, at),
  value: (call, low, high) => {
    const request = call.low[1]
    if (bare.has(request)) return undefined
    const shape = shapeOf.get(request)
    if (shape === undefined || (shape[0] !== READ_BY_KERNEL && call.error !== 0)) return hex.value(call, low, high)
    return shape[1].value(call, low, high)
  },
}
