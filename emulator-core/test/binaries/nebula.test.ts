/** Nebula 1.6.1 without a tunnel device: hosts that find and trust each other over UDP. Nobody but 127.0.0.1 is spoken to. */
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  type Invocation,
  type Personality,
  type Scratch,
  type Started,
  startEmulated,
  startNatively,
  withScratch,
} from '../support/run.ts'
import { freePorts } from './ports.ts'

const PROGRAM = '/usr/bin/nebula'
const LIGHTHOUSE = { name: 'lighthouse', ip: '192.168.100.1' }
const NODE = { name: 'node', ip: '192.168.100.2' }
const ONLY_LOOPBACK = { '0.0.0.0/0': false, '127.0.0.0/8': true }

/** Certificates and configurations of a lighthouse and a host that asks it, in a folder. */
async function network(scratch: Scratch): Promise<string> {
  const folder = scratch.fresh()
  const cert = (...args: string[]) => execFileSync('nebula-cert', args, { cwd: folder })
  cert('ca', '-name', 'test')
  const ports = await freePorts(2, 'udp')
  for (const [i, host] of [LIGHTHOUSE, NODE].entries()) {
    cert('sign', '-name', host.name, '-ip', `${host.ip}/24`)
    const isLighthouse = host === LIGHTHOUSE
    const configuration = {
      pki: { ca: `${folder}/ca.crt`, cert: `${folder}/${host.name}.crt`, key: `${folder}/${host.name}.key` },
      static_host_map: isLighthouse ? {} : { [LIGHTHOUSE.ip]: [`127.0.0.1:${ports[0]}`] },
      lighthouse: {
        am_lighthouse: isLighthouse,
        interval: 1,
        hosts: isLighthouse ? [] : [LIGHTHOUSE.ip],
        remote_allow_list: ONLY_LOOPBACK,
        local_allow_list: ONLY_LOOPBACK,
      },
      listen: { host: '127.0.0.1', port: ports[i] },
      tun: { disabled: true },
      logging: { level: 'debug', format: 'text' },
      firewall: {
        outbound: [{ port: 'any', proto: 'any', host: 'any' }],
        inbound: [{ port: 'any', proto: 'any', host: 'any' }],
      },
    }
    writeFileSync(`${folder}/${host.name}.yml`, JSON.stringify(configuration))
  }
  return folder
}

const options = ['--net', 'host']
const nebula = (folder: string, name: string): Invocation => ({
  program: PROGRAM,
  args: ['-config', `${folder}/${name}.yml`],
  options,
})

/** Waits until each has the other in its host map; the node for the `nth` time. */
async function meet(lighthouse: Started, node: Started, nth = 1): Promise<void> {
  await lighthouse.says(/Handshake message received" certName=node .*vpnIp=192\.168\.100\.2/)
  await lighthouse.says(/Hostmap vpnIp added.*vpnIp:192\.168\.100\.2/)
  await node.says(times(/Handshake message received" certName=lighthouse .*vpnIp=192\.168\.100\.1/, nth))
  await node.says(times(/Hostmap vpnIp added.*vpnIp:192\.168\.100\.1/, nth))
}

const times = (pattern: RegExp, count: number) => new RegExp(`(?:${pattern.source}[^]*){${count}}`)

async function end(...hosts: readonly Started[]): Promise<void> {
  for (const host of hosts) host.kill('SIGTERM')
  for (const host of hosts)
    expect(await host.ended).toMatchObject({ status: 0, stdout: expect.stringContaining('Goodbye') })
}

const errors = (host: Started): string[] => host.soFar().match(/level=error.*/g) ?? []

/** NetBSD's table of socket options has no SO_PROTOCOL, by which Go tells what kind of address it has got. */
const EXPECTED: Readonly<Record<Personality, readonly string[]>> = {
  linux: [],
  'netbsd-10': ['level=error msg="Failed to get udp listen address" error="invalid argument"'],
}

describe.each(['netbsd-10', 'linux'] as const)('under %s', personality => {
  it('a lighthouse here, a host on the machine; the lighthouse may come back', () =>
    withScratch(async scratch => {
      const folder = await network(scratch)
      const lighthouse = () => startEmulated(nebula(folder, 'lighthouse'), folder, personality)
      const first = lighthouse()
      await first.says('Nebula interface is active')
      const node = startNatively(nebula(folder, 'node'), folder)
      await meet(first, node)
      expect(errors(first)).toEqual(EXPECTED[personality])
      // Without a word to anybody.
      first.kill('SIGKILL')
      await first.ended
      const second = lighthouse()
      await meet(second, node, 2)
      await end(node)
      await second.says('Close tunnel received')
      await end(second)
    }))

  it('a lighthouse on the machine, a host here', () =>
    withScratch(async scratch => {
      const folder = await network(scratch)
      const lighthouse = startNatively(nebula(folder, 'lighthouse'), folder)
      await lighthouse.says('Nebula interface is active')
      const node = startEmulated(nebula(folder, 'node'), folder, personality)
      await meet(lighthouse, node)
      expect(errors(node)).toEqual(EXPECTED[personality])
      await end(node)
      await lighthouse.says('Close tunnel received')
      await end(lighthouse)
    }))

  it('both here, on the private loopback', () =>
    withScratch(async scratch => {
      const folder = await network(scratch)
      const [one, other] = ['lighthouse', 'node'].map(name => `${PROGRAM} -config ${folder}/${name}.yml`)
      const both = {
        program: '/bin/sh',
        args: ['-c', `${one} & sleep 1; exec ${other}`],
        options: ['--net', 'loopback'],
      }
      const guest = startEmulated(both, folder, personality)
      await meet(guest, guest)
      await end(guest)
    }))
})
