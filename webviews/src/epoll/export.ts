/** The graph as an SVG file that looks the same without this page: each element's own style is written into it. */

const STYLES = [
  ...['fill', 'fill-opacity', 'stroke', 'stroke-width', 'stroke-dasharray', 'stroke-linejoin', 'opacity'],
  ...[
    'font-family',
    'font-size',
    'font-weight',
    'letter-spacing',
    'text-transform',
    'text-anchor',
    'text-decoration-line',
  ],
] as const

export function svgFile(svg: SVGSVGElement, title: string): string {
  const copy = svg.cloneNode(true) as SVGSVGElement
  copy.querySelector('.pulses')?.remove()
  const { width, height } = svg.viewBox.baseVal
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(width))
  copy.setAttribute('height', String(height))
  const originals = [...svg.querySelectorAll<SVGElement>('text, tspan, rect, path')].filter(
    each => each.closest('.pulses') === null,
  )
  const copies = [...copy.querySelectorAll<SVGElement>('text, tspan, rect, path')]
  originals.forEach((original, i) => {
    const style = getComputedStyle(original)
    for (const name of STYLES) {
      const value = style.getPropertyValue(name)
      if (value !== '' && !DEFAULTS.has(`${name}:${value}`)) copies[i].setAttribute(name, value)
    }
  })
  for (const each of copy.querySelectorAll('*'))
    for (const name of ['class', 'tabindex', 'role', 'data-key', 'aria-pressed', 'aria-label'])
      each.removeAttribute(name)
  const ground = document.createElementNS('http://www.w3.org/2000/svg', 'rect')
  ground.setAttribute('width', String(width))
  ground.setAttribute('height', String(height))
  ground.setAttribute('fill', getComputedStyle(document.body).backgroundColor)
  const name = document.createElementNS('http://www.w3.org/2000/svg', 'title')
  name.textContent = title
  copy.prepend(name, ground)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(copy)}\n`
}

const DEFAULTS = new Set([
  ...[
    'fill-opacity:1',
    'stroke:none',
    'stroke-width:1px',
    'stroke-dasharray:none',
    'stroke-linejoin:miter',
    'opacity:1',
  ],
  ...[
    'font-weight:400',
    'letter-spacing:normal',
    'text-transform:none',
    'text-anchor:start',
    'text-decoration-line:none',
  ],
])
