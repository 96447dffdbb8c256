/**
 * The command `interlinear run` alone: what the others need is not even loaded, so that a program starts sooner. main.ts has them all;
 * bin/interlinear chooses.
 */
import { commandStart } from '../host/node-command.ts'
import { endWith } from './end.ts'
import { run } from './run.ts'

const { words, ...around } = commandStart()
endWith(run(words.slice(1), around))
