import type { Challenge } from '../api/challenge.ts'
import { solve } from './solve.ts'

addEventListener('message', async ({ data }: MessageEvent<Challenge>) => postMessage(await solve(data)))
