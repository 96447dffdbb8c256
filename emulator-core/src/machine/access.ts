/** What the guest, or the kernel for it, wants of a page. The numbers are the engine's. */
export const ACCESS_READ = 0
export const ACCESS_WRITE = 1
export const ACCESS_EXEC = 2
export type Access = 0 | 1 | 2
