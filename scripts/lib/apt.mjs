import { existsSync } from 'node:fs'
import { Failure } from './failure.mjs'
import { step } from './progress.mjs'
import { which } from './which.mjs'

/**
 * What Debian has to provide: the package, what proves that it is there (a command, or a path), and what it is for.
 * `engine`: compiling the processor; `browser`: VS Code in the browser; `test`: what the tests run and compare with; `binaries`: the large programs of test:binaries; `bench`.
 */
const DEBIAN = [
  { name: 'gcc', proof: 'gcc', for: ['engine', 'test', 'bench'] },
  { name: 'libc6-dev', proof: '/usr/include/stdio.h', for: ['engine', 'test', 'bench'] },
  { name: 'make', proof: 'make', for: ['engine', 'test'] },
  { name: 'cmake', proof: 'cmake', for: ['engine'] },
  { name: 'ninja-build', proof: 'ninja', for: ['engine'] },
  { name: 'ripgrep', proof: 'rg', for: ['browser'] },
  { name: 'chromium', proof: 'chromium', for: ['test'] },
  { name: 'musl-tools', proof: 'musl-gcc', for: ['test'] },
  { name: 'strace', proof: 'strace', for: ['test', 'bench'] },
  { name: 'gawk', proof: 'gawk', for: ['test', 'bench'] },
  { name: 'jq', proof: 'jq', for: ['test'] },
  { name: 'lua5.4', proof: 'lua5.4', for: ['test'] },
  { name: 'screen', proof: 'screen', for: ['test'] },
  { name: 'socat', proof: 'socat', for: ['test'] },
  { name: 'sqlite3', proof: 'sqlite3', for: ['test'] },
  { name: 'xz-utils', proof: 'xz', for: ['test', 'bench'] },
  { name: 'perl', proof: '/usr/bin/perl', for: ['test', 'bench'] },
  { name: 'python3', proof: '/usr/bin/python3', for: ['test', 'bench'] },
  { name: 'golang-go', proof: 'go', for: ['test'] },
  { name: 'nebula', proof: 'nebula', for: ['binaries', 'bench'] },
  { name: 'syncthing', proof: 'syncthing', for: ['binaries', 'bench'] },
  { name: 'attr', proof: 'setfattr', for: ['test'] },
  { name: 'binutils', proof: 'objdump', for: ['test'] },
  { name: 'bsdutils', proof: 'script', for: ['test'] },
  { name: 'busybox', proof: 'busybox', for: ['test'] },
  { name: 'curl', proof: 'curl', for: ['test'] },
  { name: 'expect', proof: 'expect', for: ['test'] },
  { name: 'g++', proof: 'g++', for: ['test'] },
  { name: 'guile-3.0', proof: 'guile', for: ['test'] },
  { name: 'haproxy', proof: 'haproxy', for: ['test'] },
  { name: 'inotify-tools', proof: 'inotifywait', for: ['test'] },
  { name: 'ksh93u+m', proof: 'ksh', for: ['test'] },
  { name: 'memcached', proof: 'memcached', for: ['test'] },
  { name: 'mksh', proof: 'mksh', for: ['test'] },
  { name: 'iproute2', proof: 'ip', for: ['test'] },
  { name: 'net-tools', proof: 'netstat', for: ['test'] },
  { name: 'netcat-openbsd', proof: 'nc', for: ['test'] },
  { name: 'nginx-light', proof: '/usr/sbin/nginx', for: ['test'] },
  { name: 'nodejs', proof: '/usr/bin/node', for: ['test', 'bench'] },
  { name: 'ocaml-nox', proof: 'ocaml', for: ['test'] },
  { name: 'openssl', proof: 'openssl', for: ['test'] },
  { name: 'php-cli', proof: 'php', for: ['test'] },
  { name: 'procps', proof: 'ps', for: ['test'] },
  { name: 'redis-server', proof: 'redis-server', for: ['test'] },
  { name: 'redis-tools', proof: 'redis-cli', for: ['test'] },
  { name: 'rsync', proof: 'rsync', for: ['test'] },
  { name: 'ruby', proof: 'ruby', for: ['test'] },
  { name: 'tcl', proof: 'tclsh', for: ['test'] },
  { name: 'tmux', proof: 'tmux', for: ['test'] },
  { name: 'vim', proof: '/usr/bin/vim', for: ['test'] },
  { name: 'zsh', proof: 'zsh', for: ['test'] },
  { name: 'qemu-user', proof: 'qemu-x86_64', for: ['bench'] },
]

const isThere = proof => (proof.startsWith('/') ? existsSync(proof) : which(proof) !== undefined)

/** Makes sure of the system packages for some purposes: by apt-get as root on Debian, else by one sentence that says what to install. */
export async function ensureSystemPackages(purposes) {
  const missing = DEBIAN.filter(each => each.for.some(use => purposes.includes(use)) && !isThere(each.proof))
  if (missing.length === 0) return
  const names = missing.map(each => each.name)
  const apt = which('apt-get')
  if (apt === undefined) {
    throw new Failure(
      `Please install ${names.join(', ')} (these are Debian's names) with your system's package manager, then run this again.`,
    )
  }
  if (process.getuid?.() !== 0) {
    throw new Failure(`Please run "sudo apt-get install ${names.join(' ')}", then run this again.`)
  }
  await step('apt', `Debian packages (${names.join(', ')})`, async run => {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
    await run(apt, ['update'], { env, optional: true })
    // Another apt-get (a nightly upgrade, say) holds the lock for a while at most.
    await run(apt, ['-o', 'DPkg::Lock::Timeout=300', 'install', '-y', '--no-install-recommends', ...names], { env })
  })
}
