/** What the timeline is drawn with: on the page's canvas, or into an SVG file that looks the same. */
import { type Colours, prepared } from '../shared/colours.ts'

export type Colour = Exclude<keyof Colours, 'font'>

export interface Pen {
  rect(x: number, y: number, wide: number, high: number, colour: Colour, alpha?: number): void
  /** The outline of a rectangle. */
  frame(x: number, y: number, wide: number, high: number, colour: Colour, thick: number): void
  /** Slanted lines, which stand where they stand on the page: neighbouring pieces join. */
  hatch(x: number, y: number, wide: number, high: number, alpha: number): void
  line(x1: number, y1: number, x2: number, y2: number, colour: Colour, alpha?: number, thick?: number): void
  /** Straight up or down, with its head at the end. */
  arrow(x: number, y1: number, y2: number, colour: Colour, alpha: number, thick: number): void
  /** In the middle of `y`. */
  text(x: number, y: number, text: string, colour: Colour, align?: 'left' | 'center'): void
}

export const FONT_SIZE = 11
/** px between slanted lines. */
const HATCH = 6
const HEAD = { wide: 3, long: 5 }

export class CanvasPen implements Pen {
  readonly #context: CanvasRenderingContext2D
  readonly #colours: Colours
  readonly #hatch: CanvasPattern | string

  constructor(context: CanvasRenderingContext2D, colours: Colours) {
    this.#context = context
    this.#colours = colours
    context.font = `${FONT_SIZE}px ${colours.font}`
    context.textBaseline = 'middle'
    this.#hatch = hatchPattern(context, colours.waiting)
  }

  /** Undefined where there is no canvas to be had. */
  static on(canvas: HTMLCanvasElement, width: number, height: number, colours: Colours): CanvasPen | undefined {
    const context = prepared(canvas, width, height)
    return context === null ? undefined : new CanvasPen(context, colours)
  }

  rect(x: number, y: number, wide: number, high: number, colour: Colour, alpha = 1): void {
    this.#context.globalAlpha = alpha
    this.#context.fillStyle = this.#colours[colour]
    this.#context.fillRect(x, y, wide, high)
  }

  frame(x: number, y: number, wide: number, high: number, colour: Colour, thick: number): void {
    this.#context.globalAlpha = 1
    this.#context.strokeStyle = this.#colours[colour]
    this.#context.lineWidth = thick
    this.#context.strokeRect(x, y, wide, high)
  }

  hatch(x: number, y: number, wide: number, high: number, alpha: number): void {
    this.#context.globalAlpha = alpha
    this.#context.fillStyle = this.#hatch
    this.#context.fillRect(x, y, wide, high)
  }

  line(x1: number, y1: number, x2: number, y2: number, colour: Colour, alpha = 1, thick = 1): void {
    const context = this.#context
    context.globalAlpha = alpha
    context.strokeStyle = this.#colours[colour]
    context.lineWidth = thick
    context.beginPath()
    context.moveTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5)
    context.lineTo(Math.round(x2) + 0.5, Math.round(y2) + 0.5)
    context.stroke()
  }

  arrow(x: number, y1: number, y2: number, colour: Colour, alpha: number, thick: number): void {
    const context = this.#context
    this.line(x, y1, x, y2, colour, alpha, thick)
    const back = y2 - Math.sign(y2 - y1) * HEAD.long
    context.fillStyle = this.#colours[colour]
    context.beginPath()
    context.moveTo(x, y2)
    context.lineTo(x - HEAD.wide, back)
    context.lineTo(x + HEAD.wide, back)
    context.fill()
  }

  text(x: number, y: number, text: string, colour: Colour, align: 'left' | 'center' = 'left'): void {
    this.#context.globalAlpha = 1
    this.#context.fillStyle = this.#colours[colour]
    this.#context.textAlign = align
    this.#context.fillText(text, x, y)
  }
}

function hatchPattern(context: CanvasRenderingContext2D, colour: string): CanvasPattern | string {
  const ratio = window.devicePixelRatio || 1
  const size = Math.round(HATCH * ratio)
  const tile = document.createElement('canvas')
  tile.width = size
  tile.height = size
  const pen = tile.getContext('2d')
  if (pen === null) return colour
  pen.strokeStyle = colour
  pen.lineWidth = ratio
  pen.beginPath()
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size)
    pen.lineTo(shift + size, 0)
  }
  pen.stroke()
  const pattern = context.createPattern(tile, 'repeat')
  pattern?.setTransform(new DOMMatrix().scale(1 / ratio))
  return pattern ?? colour
}

/** XML has no place for control characters. */
const escaped = (text: string): string =>
  text.replace(/\p{Cc}/gu, '').replace(/[&<>"]/g, each => `&#${each.charCodeAt(0)};`)
const n = (value: number): string => String(Math.round(value * 100) / 100)

export class SvgPen implements Pen {
  readonly #colours: Colours
  readonly #parts: string[] = []

  constructor(colours: Colours) {
    this.#colours = colours
  }

  #box(x: number, y: number, wide: number, high: number, more: string): void {
    this.#parts.push(`<rect x="${n(x)}" y="${n(y)}" width="${n(wide)}" height="${n(high)}" ${more}/>`)
  }

  rect(x: number, y: number, wide: number, high: number, colour: Colour, alpha = 1): void {
    this.#box(x, y, wide, high, `fill="${this.#colours[colour]}"${opacity(alpha)}`)
  }

  frame(x: number, y: number, wide: number, high: number, colour: Colour, thick: number): void {
    this.#box(x, y, wide, high, `fill="none" stroke="${this.#colours[colour]}" stroke-width="${thick}"`)
  }

  hatch(x: number, y: number, wide: number, high: number, alpha: number): void {
    this.#box(x, y, wide, high, `fill="url(#hatch)"${opacity(alpha)}`)
  }

  line(x1: number, y1: number, x2: number, y2: number, colour: Colour, alpha = 1, thick = 1): void {
    const ends = `x1="${n(x1)}" y1="${n(y1)}" x2="${n(x2)}" y2="${n(y2)}"`
    this.#parts.push(`<line ${ends} stroke="${this.#colours[colour]}" stroke-width="${n(thick)}"${opacity(alpha)}/>`)
  }

  arrow(x: number, y1: number, y2: number, colour: Colour, alpha: number, thick: number): void {
    this.line(x, y1, x, y2, colour, alpha, thick)
    const back = y2 - Math.sign(y2 - y1) * HEAD.long
    const shape = `M${n(x)},${n(y2)}L${n(x - HEAD.wide)},${n(back)}H${n(x + HEAD.wide)}Z`
    this.#parts.push(`<path d="${shape}" fill="${this.#colours[colour]}"${opacity(alpha)}/>`)
  }

  text(x: number, y: number, text: string, colour: Colour, align: 'left' | 'center' = 'left'): void {
    const anchor = align === 'center' ? ' text-anchor="middle"' : ''
    const place = `x="${n(x)}" y="${n(y)}" dominant-baseline="central"${anchor}`
    this.#parts.push(`<text ${place} fill="${this.#colours[colour]}">${escaped(text)}</text>`)
  }

  /** Everything drawn until now, moved to the right by `left`, which is what stands there. */
  file(title: string, width: number, height: number, left: { readonly wide: number; readonly pen: SvgPen }): string {
    const { background, waiting, font } = this.#colours
    const line = `<path d="M0,${HATCH}L${HATCH},0" stroke="${waiting}"/>`
    const pattern = `<pattern id="hatch" width="${HATCH}" height="${HATCH}" patternUnits="userSpaceOnUse">${line}</pattern>`
    const size = `width="${n(width + left.wide)}" height="${n(height)}"`
    const clip = `<clipPath id="tracks"><rect width="${n(width)}" height="${n(height)}"/></clipPath>`
    return [
      '<?xml version="1.0" encoding="UTF-8"?>',
      `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="${escaped(font)}" font-size="${FONT_SIZE}">`,
      `<title>${escaped(title)}</title><defs>${pattern}${clip}</defs>`,
      `<rect ${size} fill="${background}"/>`,
      ...left.pen.#parts,
      `<g transform="translate(${n(left.wide)},0)" clip-path="url(#tracks)">`,
      ...this.#parts,
      '</g></svg>',
      '',
    ].join('\n')
  }
}

const opacity = (alpha: number): string => (alpha === 1 ? '' : ` opacity="${n(alpha)}"`)
