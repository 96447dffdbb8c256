/**
 * What bytes that wait in a UNIX socket count for, against SO_SNDBUF: as Linux counts them, skb->truesize (net/core/sock.c: sock_alloc_send_pskb;
 * net/unix/af_unix.c). SIOCOUTQ tells the sum; one write of a single byte is 768.
 */

const PAGE = 4096
/** struct skb_shared_info behind the bytes; struct sk_buff. */
const TAIL = 320
const HEADER = 256
/** SKB_MAX_HEAD(0): what fits in a page beside the tail; SKB_MAX_ALLOC: in four pages. */
const MOST_IN_A_PAGE = PAGE - TAIL
const MOST_IN_FOUR = 4 * PAGE - TAIL
/** MAX_SKB_FRAGS pages. */
const MOST_IN_PAGES = 17 * PAGE
/** UNIX_SKB_FRAGS_SZ. */
const STREAM_PAGES = 32768

/** Bytes of a stream that travel together. */
export const MOST_IN_A_PIECE = MOST_IN_A_PAGE + STREAM_PAGES

/** kmalloc's sizes: powers of two, and one between them that matters here. */
function head(bytes: number): number {
  const needed = Math.ceil(bytes / 64) * 64 + TAIL
  if (needed <= 512) return 512 + HEADER
  return 2 ** Math.ceil(Math.log2(needed)) + HEADER
}

const pages = (bytes: number): number => Math.ceil(Math.max(0, bytes) / PAGE) * PAGE

/** Of a piece of a stream, at most MOST_IN_A_PIECE bytes. */
export function pieceCost(bytes: number): number {
  const inPages = pages(bytes - MOST_IN_A_PAGE)
  return head(bytes - Math.min(bytes, inPages)) + inPages
}

/** Of a datagram. */
export function messageCost(bytes: number): number {
  const inPages = pages(Math.min(bytes - MOST_IN_FOUR, MOST_IN_PAGES))
  return head(bytes - inPages) + inPages
}
