/** Where an arrow key leads: up and down in the column, left and right along the edges. */
import type { Layout, Node } from './nodes.ts'

export function arrowTarget({ nodes, edges }: Layout, node: Node, key: string): Node | undefined {
  const column = nodes.filter(each => each.column === node.column).sort((a, b) => a.y - b.y)
  const at = column.indexOf(node)
  if (key === 'ArrowUp') return column[at - 1]
  if (key === 'ArrowDown') return column[at + 1]
  if (key === 'Home') return column[0]
  if (key === 'End') return column[column.length - 1]
  if (key !== 'ArrowLeft' && key !== 'ArrowRight') return undefined
  const side = node.column + (key === 'ArrowLeft' ? -1 : 1)
  const linked = new Set(edges.flatMap(({ from, to }) => (from === node.key ? [to] : to === node.key ? [from] : [])))
  const beside = nodes.filter(each => each.column === side)
  const near = beside.filter(each => linked.has(each.key))
  return (near.length > 0 ? near : beside).sort((a, b) => Math.abs(a.y - node.y) - Math.abs(b.y - node.y))[0]
}
