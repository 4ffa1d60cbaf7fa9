import { operatorsContract } from '../testing/contracts/operators.ts'
import { memoryOperators } from './operators.ts'

operatorsContract('memory', async () => memoryOperators())
