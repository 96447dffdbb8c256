/** What a picture is made of: the same shapes are drawn on the canvas and written into an SVG file. */
import type { Colours } from '../shared/colours.ts'

export type Colour = keyof Omit<Colours, 'font'>

export interface Style {
  readonly fill?: Colour
  readonly stroke?: Colour
  /** 0 to 1. */
  readonly alpha?: number
  readonly dash?: readonly number[]
  readonly wide?: number
}

export type Shape =
  | ({ readonly kind: 'rect'; readonly x: number; readonly y: number; readonly w: number; readonly h: number } & Style)
  | ({
      readonly kind: 'path'
      readonly points: readonly (readonly [number, number])[]
      readonly closed?: boolean
    } & Style)
  | {
      readonly kind: 'text'
      readonly x: number
      /** Of the middle of the line. */
      readonly y: number
      readonly text: string
      readonly fill: Colour
      readonly alpha?: number
      readonly anchor?: 'start' | 'middle' | 'end'
      readonly bold?: boolean
    }

export const FONT_SIZE = 11

export function paint(context: CanvasRenderingContext2D, shapes: readonly Shape[], colours: Colours): void {
  context.textBaseline = 'middle'
  for (const shape of shapes) {
    context.globalAlpha = shape.alpha ?? 1
    if (shape.kind === 'text') paintText(context, shape, colours)
    else paintForm(context, shape, colours)
  }
  context.globalAlpha = 1
}

function paintText(context: CanvasRenderingContext2D, shape: Extract<Shape, { kind: 'text' }>, colours: Colours): void {
  context.font = `${shape.bold === true ? 'bold ' : ''}${FONT_SIZE}px ${colours.font}`
  context.fillStyle = colours[shape.fill]
  context.textAlign = shape.anchor === 'middle' ? 'center' : (shape.anchor ?? 'start')
  context.fillText(shape.text, shape.x, shape.y)
}

function paintForm(context: CanvasRenderingContext2D, shape: Exclude<Shape, { kind: 'text' }>, colours: Colours): void {
  context.beginPath()
  if (shape.kind === 'rect') context.rect(shape.x, shape.y, shape.w, shape.h)
  else {
    shape.points.forEach(([x, y], i) => {
      if (i === 0) context.moveTo(x, y)
      else context.lineTo(x, y)
    })
    if (shape.closed === true) context.closePath()
  }
  if (shape.fill !== undefined) {
    context.fillStyle = colours[shape.fill]
    context.fill()
  }
  if (shape.stroke === undefined) return
  context.strokeStyle = colours[shape.stroke]
  context.lineWidth = shape.wide ?? 1
  context.setLineDash(shape.dash === undefined ? [] : [...shape.dash])
  context.stroke()
  context.setLineDash([])
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' }
/** Control characters have no place in XML. */
const escaped = (text: string): string => [...text].map(c => ESCAPES[c] ?? (c < ' ' ? '\ufffd' : c)).join('')
const number = (n: number): string => String(Math.round(n * 10) / 10)

/** A file that looks the same without this page. */
export function svgOf(
  shapes: readonly Shape[],
  size: { readonly width: number; readonly height: number },
  title: string,
  colours: Colours,
): string {
  const { width, height } = size
  const ground = `<rect width="${width}" height="${height}" fill="${colours.background}"/>`
  const body = shapes.map(shape => svgShape(shape, colours)).join('\n')
  return `<?xml version="1.0" encoding="UTF-8"?>
<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${escaped(colours.font)}" font-size="${FONT_SIZE}">
<title>${escaped(title)}</title>
${ground}
${body}
</svg>
`
}

function svgShape(shape: Shape, colours: Colours): string {
  const alpha = shape.alpha === undefined ? '' : ` opacity="${shape.alpha}"`
  if (shape.kind === 'text') {
    const anchor = shape.anchor === undefined ? '' : ` text-anchor="${shape.anchor}"`
    const weight = shape.bold === true ? ' font-weight="bold"' : ''
    return `<text x="${number(shape.x)}" y="${number(shape.y)}" dominant-baseline="middle" fill="${colours[shape.fill]}"${anchor}${weight}${alpha}>${escaped(shape.text)}</text>`
  }
  const fill = ` fill="${shape.fill === undefined ? 'none' : colours[shape.fill]}"`
  const stroke =
    shape.stroke === undefined ? '' : ` stroke="${colours[shape.stroke]}" stroke-width="${shape.wide ?? 1}"`
  const dash = shape.dash === undefined ? '' : ` stroke-dasharray="${shape.dash.join(' ')}"`
  const style = `${fill}${stroke}${dash}${alpha}`
  if (shape.kind === 'rect')
    return `<rect x="${number(shape.x)}" y="${number(shape.y)}" width="${number(shape.w)}" height="${number(shape.h)}"${style}/>`
  const points = shape.points.map(([x, y]) => `${number(x)},${number(y)}`).join(' ')
  return `<${shape.closed === true ? 'polygon' : 'polyline'} points="${points}"${style}/>`
}
