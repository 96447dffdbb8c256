import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { createServer } from 'node:net'

/** Ports of 127.0.0.1 that nobody has, for UDP or TCP. */
export async function freePorts(count: number, kind: 'udp' | 'tcp'): Promise<number[]> {
  const held = await Promise.all(Array.from({ length: count }, () => (kind === 'udp' ? holdUdp() : holdTcp())))
  for (const { release } of held) release()
  return held.map(({ port }) => port)
}

interface Held {
  readonly port: number
  release(): void
}

async function holdUdp(): Promise<Held> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return { port: socket.address().port, release: () => socket.close() }
}

async function holdTcp(): Promise<Held> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as { port: number }).port, release: () => server.close() }
}
