import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { Pace } from './pace.ts'

const FRAME_MS = 16

describe('the pace of a view', () => {
  let visible = true
  let becameVisible = () => {}
  let frames: (() => void)[] = []

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    visible = true
    frames = []
    vi.stubGlobal('document', {
      get visibilityState() {
        return visible ? 'visible' : 'hidden'
      },
      addEventListener: (_name: string, listener: () => void) => {
        becameVisible = listener
      },
    })
    // A page that is not seen gets no frames.
    vi.stubGlobal('requestAnimationFrame', (callback: () => void) => {
      frames.push(callback)
      return frames.length
    })
    vi.stubGlobal('cancelAnimationFrame', () => {})
  })
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  const pass = (ms: number) => {
    for (let passed = 0; passed < ms; passed += FRAME_MS) {
      vi.advanceTimersByTime(FRAME_MS)
      if (!visible) continue
      const now = frames
      frames = []
      for (const frame of now) frame()
    }
  }

  /** A view whose looks take so long, and when it looked. */
  function view(takes: number) {
    const looks: number[] = []
    const pace: Pace = new Pace(() => {
      looks.push(performance.now())
      setTimeout(() => pace.done(), takes)
    })
    return { pace, looks }
  }

  it('leaves two thirds of the time to others while the run goes on', () => {
    const begun = performance.now()
    const { pace, looks } = view(500)
    for (let i = 0; i < 100; i++) {
      pace.later()
      pass(100)
    }
    const looked = (looks.length * 500) / (performance.now() - begun)
    expect(looked).toBeGreaterThan(0.25)
    expect(looked).toBeLessThan(0.4)
  })

  it('is quick where looking is cheap', () => {
    const { pace, looks } = view(1)
    for (let i = 0; i < 20; i++) {
      pace.later()
      pass(100)
    }
    expect(looks).toHaveLength(20)
  })

  it('shows at once what the user does, however long the last look took, and what comes meanwhile as soon as it can', () => {
    const { pace, looks } = view(500)
    pace.later()
    pass(700)
    pace.later()
    pace.now()
    expect(looks).toHaveLength(2)
    pace.now()
    pace.now()
    pass(600)
    expect(looks).toHaveLength(3)
    pass(3000)
    expect(looks).toHaveLength(3)
  })

  it('does nothing while it cannot be seen, and all when it can again', () => {
    const { pace, looks } = view(1)
    pace.now()
    pass(100)
    visible = false
    for (let i = 0; i < 20; i++) {
      pace.later()
      pass(100)
    }
    expect(looks).toHaveLength(1)
    visible = true
    becameVisible()
    expect(looks).toHaveLength(2)
  })
})
