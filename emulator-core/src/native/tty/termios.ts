/** struct termios in Linux's numbers, and what of it the terminal here heeds. */
import type { Termios } from '../file.ts'

export const ICRNL = 0x100
export const INLCR = 0x40
export const IGNCR = 0x80
export const ISIG = 0x1
export const ICANON = 0x2
export const ECHO = 0x8
export const ECHOE = 0x10
export const ECHONL = 0x40
export const VINTR = 0
export const VQUIT = 1
export const VERASE = 2
export const VKILL = 3
export const VEOF = 4
export const VTIME = 5
export const VMIN = 6
export const VSUSP = 10
export const VEOL = 11

/** What a fresh terminal has (tty_std_termios, and IUTF8). */
export function defaultTermios(): Termios {
  const cc = new Uint8Array(19)
  cc.set([3, 28, 127, 21, 4, 0, 1, 0, 17, 19, 26, 0, 18, 15, 23, 22])
  return { iflag: 0x4500, oflag: 0x5, cflag: 0xbf, lflag: 0x8a3b, cc }
}

/** Whether the host's terminal, as it is, does what these settings ask: lines, echo, signals. Else it is made raw and the work is done here. */
export function isPlainCooked(t: Termios): boolean {
  const wanted = ISIG | ICANON | ECHO
  const plain = defaultTermios().cc
  const control = [VINTR, VQUIT, VERASE, VKILL, VEOF, VSUSP].every(i => t.cc[i] === plain[i])
  return (t.lflag & wanted) === wanted && (t.iflag & (ICRNL | INLCR | IGNCR)) === ICRNL && control
}
