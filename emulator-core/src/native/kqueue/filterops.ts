/** Makers of filter operations: most filters hang a knote on a SelInfo and ask the object a question. */
import type { SelInfo } from '../selinfo.ts'
import { EV_EOF, type Filterops, type Knote } from './knote.ts'

/**
 * A descriptor filter whose knotes hang on `selinfo`. `event` sets the knote's data (and EV_EOF by `setEof`) and answers whether
 * the condition holds.
 */
export function selinfoFilter(
  name: string,
  selinfo: SelInfo,
  event: (kn: Knote, hint: number) => boolean,
  attach?: (kn: Knote) => void,
): Filterops {
  return {
    name,
    isFd: true,
    attach(kn) {
      attach?.(kn)
      selinfo.klist.insert(kn)
    },
    detach: kn => selinfo.klist.remove(kn),
    event,
  }
}

/** knote_set_eof(9), knote_clear_eof(9). */
export function setEof(kn: Knote, on: boolean): void {
  if (on) kn.kevent.flags |= EV_EOF
  else kn.kevent.flags &= ~EV_EOF
}

/** seltrue_filtops: always ready (sys/kern/sys_select.c, filt_seltrue). */
export const seltrueFilter: Filterops = {
  name: 'seltrue',
  isFd: true,
  attach() {},
  detach() {},
  event(kn) {
    kn.kevent.data = 0
    return true
  },
}
