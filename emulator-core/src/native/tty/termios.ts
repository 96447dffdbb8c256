/** struct termios in Linux's numbers, and what of it the terminal here heeds. */
import type { TerminalMode } from '../../host/host.ts'
import type { Termios } from '../file.ts'

export const ISTRIP = 0x20
export const INLCR = 0x40
export const IGNCR = 0x80
export const ICRNL = 0x100
export const IXON = 0x400
export const IXANY = 0x800
export const IUTF8 = 0x4000

export const OPOST = 0x1
export const OLCUC = 0x2
export const ONLCR = 0x4
export const OCRNL = 0x8
export const ONOCR = 0x10
export const ONLRET = 0x20
export const TABDLY = 0x1800
export const XTABS = 0x1800

export const ISIG = 0x1
export const ICANON = 0x2
export const ECHO = 0x8
export const ECHOE = 0x10
export const ECHOK = 0x20
export const ECHONL = 0x40
export const NOFLSH = 0x80
export const TOSTOP = 0x100
export const ECHOCTL = 0x200
export const ECHOKE = 0x800
export const IEXTEN = 0x8000

export const VINTR = 0
export const VQUIT = 1
export const VERASE = 2
export const VKILL = 3
export const VEOF = 4
export const VTIME = 5
export const VMIN = 6
export const VSTART = 8
export const VSTOP = 9
export const VSUSP = 10
export const VEOL = 11
export const VREPRINT = 12
export const VWERASE = 14
export const VLNEXT = 15
export const VEOL2 = 16

/** What a fresh terminal has (tty_std_termios, and IUTF8). */
export function defaultTermios(): Termios {
  const cc = new Uint8Array(19)
  cc.set([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22])
  return { iflag: 0x4500, oflag: 0x5, cflag: 0xbf, lflag: 0x8a3b, cc }
}

/** Flags that the host's terminal, left as it is, answers for. */
const LOCAL = ISIG | ICANON | ECHO
const INPUT = ICRNL | INLCR | IGNCR
const OUTPUT = OPOST | ONLCR
const CHARACTERS = [VINTR, VQUIT, VERASE, VKILL, VEOF, VSUSP]

/** The least that must be taken from the host's terminal for these settings: what is taken from it is done here. */
export function modeFor(t: Termios): TerminalMode {
  if ((t.oflag & OUTPUT) !== OUTPUT) return 'untouched'
  const usual = defaultTermios().cc
  const isUsual = CHARACTERS.every(i => t.cc[i] === usual[i])
  return (t.lflag & LOCAL) === LOCAL && (t.iflag & INPUT) === ICRNL && isUsual ? 'cooked' : 'raw'
}
