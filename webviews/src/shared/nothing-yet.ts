/** What a view says as long as the run has nothing for it, and the button that leads on from there. */
import { count, counted } from './format.ts'
import type { Empty } from './page.ts'
import type { PageCommand, RunStatus } from './protocol.ts'

/** What the view shows once there is one. */
export interface Wanted {
  readonly thing: string
  /** The call that makes one. */
  readonly call: string
  /** `its graph`, `its queue` */
  readonly picture: string
  /** Which programs do: `waits for events with epoll` */
  readonly programs: string
  /** The example that does, and the command that puts it into the workspace. */
  readonly example: string
  readonly create: PageCommand
}

export interface Ways {
  command(name: PageCommand): void
  showCalls(): void
}

type State = RunStatus['state']

export function nothingYet(wanted: Wanted, calls: number, state: State | undefined, ways: Ways): Empty {
  const { thing, call, picture, programs, example, create } = wanted
  if (state === 'ended')
    return {
      title: `This run made no ${thing}`,
      text: `${counted(calls, 'call')}, none of them ${call}. A program that ${programs} is drawn here: ${example}, for example.`,
      button: { label: `Create the example ${example}`, press: () => ways.command(create) },
    }
  return {
    title: `No ${thing} so far`,
    text: `${counted(calls, 'call')} until now. As soon as the program calls ${call}, ${picture} is drawn here.`,
    button:
      state === 'paused'
        ? { label: 'Continue the program', press: () => ways.command('continue') }
        : { label: `Show the ${count(calls)} calls`, press: ways.showCalls },
  }
}

/** Of the views that show calls. */
export function noCallYet(state: State | undefined, ways: Pick<Ways, 'command'>): Empty {
  const title = 'No system call so far'
  if (state === 'ended')
    return {
      title: 'Nothing was recorded',
      text: 'The run ended without an event. If "trace" is false in the launch configuration, set it to true and run again.',
      button: { label: 'Open launch.json', press: () => ways.command('configure') },
    }
  if (state === 'paused')
    return {
      title,
      text: 'The program stands before its first one. What it does appears here when it goes on.',
      button: { label: 'Continue the program', press: () => ways.command('continue') },
    }
  return { title, text: 'The program runs. Its calls appear here as it makes them.' }
}
