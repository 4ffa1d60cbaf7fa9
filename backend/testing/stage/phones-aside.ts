import { createKeyedHash } from '../../keyed-hash.ts'
import { phonesAside } from '../../wiring/phones-aside.ts'

/** What an API with `DEFAULT_REGION=IR` keeps out of its events. */
export const iranAside = phonesAside('IR', createKeyedHash('a key of the tests'))
