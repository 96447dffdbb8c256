export const PAGE_SIZE = 4096
export const PAGE_MASK = 4095

export function pageDown(address: number): number {
  return address - (address % PAGE_SIZE)
}

export function pageUp(address: number): number {
  return pageDown(address + PAGE_MASK)
}
