/** A divergence in words, for whoever has been stopped by it. */
import { divergences } from '@interlinear/emulator-core/compat-linux/divergences.ts'

export function describedDivergence(id: string): string {
  const found = divergences.find(each => each.id === id)
  if (found === undefined) return id
  return `${id}: ${found.summary}\nLinux: ${found.linux}\nNetBSD: ${found.netbsd}`
}
