/** The theme's colours for a canvas, which knows no style sheet. */
const NAMES = {
  data: '--data',
  delivered: '--delivered',
  waiting: '--waiting',
  error: '--error',
  divergence: '--divergence',
  gone: '--gone',
  text: '--fg',
  dim: '--dim',
  background: '--bg',
  card: '--card',
  line: '--line',
  grid: '--grid',
  focus: '--focus',
} as const

export type Colours = Readonly<Record<keyof typeof NAMES, string>> & { readonly font: string }

let known: Colours | undefined

/** Until the theme changes. */
export function themeColours(): Colours {
  known ??= readColours()
  return known
}

/** Calls back when the theme has changed. */
export function onThemeChange(callback: () => void): void {
  const observer = new MutationObserver(() => {
    known = undefined
    callback()
  })
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style', 'class'] })
  observer.observe(document.body, { attributes: true, attributeFilter: ['class'] })
}

function readColours(): Colours {
  const style = getComputedStyle(document.body)
  const value = (name: string) => style.getPropertyValue(name).trim()
  const colours = Object.entries(NAMES).map(([key, name]) => [key, resolved(value(name))])
  return { ...Object.fromEntries(colours), font: value('--code') || 'monospace' } as Colours
}

/** A variable may be computed from others, which only an element resolves. */
function resolved(colour: string): string {
  const probe = document.createElement('i')
  probe.style.color = colour
  document.body.append(probe)
  const made = getComputedStyle(probe).color
  probe.remove()
  return made
}

/** A canvas as sharp as the screen, with its origin where CSS has it. */
export function prepared(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D | null {
  const ratio = window.devicePixelRatio || 1
  canvas.width = Math.round(width * ratio)
  canvas.height = Math.round(height * ratio)
  canvas.style.width = `${width}px`
  canvas.style.height = `${height}px`
  const context = canvas.getContext('2d')
  context?.setTransform(ratio, 0, 0, ratio, 0, 0)
  return context
}
