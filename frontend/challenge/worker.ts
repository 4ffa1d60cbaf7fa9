import type { Challenge } from '../api/challenge.ts'
import { solve } from './solve.ts'

addEventListener('message', ({ data }: MessageEvent<Challenge>) => postMessage(solve(data)))
