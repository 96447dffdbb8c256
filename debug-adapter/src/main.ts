/** Entry of the adapter's process: speaks the Debug Adapter Protocol on its standard streams. */
import { InterlinearSession } from './session.ts'

InterlinearSession.run(InterlinearSession)
