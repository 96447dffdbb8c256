/** Linux's own epoll beside a kqueue: what the events say of it, and how it stands against what NetBSD has. */
import { type EventOf, SHADOW_DROPPED, SHADOW_GONE, SHADOW_INTEREST, SHADOW_READY, SHADOW_TOLD } from '../grammar.ts'
import { interestKey, type ShadowCell, type ShadowEntry } from './epoll-state.ts'

const EPOLLET = 0x8000_0000
const EPOLLONESHOT = 0x4000_0000

export function applyShadow({ items, ready }: ShadowCell, event: EventOf<'epoll-shadow'>): void {
  const { what, fd, object, events, index: changed } = event
  const key = interestKey(fd, object)
  const none = { fd, object, events, isDisarmed: false, justTold: false, ready: 0, told: 0 }
  const before: ShadowEntry = items.get(key) ?? { ...none, changed }
  switch (what) {
    case SHADOW_INTEREST:
      items.set(key, { ...before, events, isDisarmed: false, changed })
      return
    case SHADOW_READY:
      ready.add(key)
      items.set(key, { ...before, justTold: false, ready: before.ready + 1, changed })
      return
    case SHADOW_TOLD: {
      ready.delete(key)
      const isDisarmed = (before.events & EPOLLONESHOT) !== 0
      // A level-triggered item goes back to the end: whether it is still ready is asked at the next wait.
      if (!isDisarmed && (before.events & EPOLLET) === 0) ready.add(key)
      items.set(key, { ...before, isDisarmed, justTold: true, told: before.told + 1, changed })
      return
    }
    case SHADOW_DROPPED:
      ready.delete(key)
      return
    case SHADOW_GONE:
      ready.delete(key)
      items.delete(key)
  }
}
