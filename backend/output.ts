/** Writes one line, without its line break. Never throws, and nobody waits for it. */
export type WriteText = (line: string) => void

/** As much of a stream as is needed to write to it. */
export type Sink = Readonly<{
  write(text: string): boolean
  on(event: 'error' | 'drain', listener: () => void): unknown
}>

const mostWaitingChars = 1024 * 1024

/**
 * Writes lines to a stream whose reader may be gone or slow, or whose disk may be full: what runs goes on all the same.
 * Up to a megabyte of lines waits for a slow reader. What is more is lost, and with the first line that goes out again
 * `lost` says how many it was.
 */
export function textWriter(sink: Sink, lost: (lines: number) => string): WriteText {
  let isFull = false
  let waiting: string[] = []
  let waitingChars = 0
  let lostLines = 0
  // What an error that comes now has lost: the last writing, and the lines it told of.
  let atStake = 0

  const send = (lines: readonly string[]) => {
    atStake = lines.length + lostLines
    const told = lostLines > 0 ? [lost(lostLines)] : []
    lostLines = 0
    isFull = !sink.write(`${[...told, ...lines].join('\n')}\n`)
  }
  const takeWaiting = () => {
    const lines = waiting
    waiting = []
    waitingChars = 0
    isFull = false
    return lines
  }
  sink.on('drain', () => {
    if (!isFull) return
    const lines = takeWaiting()
    if (lines.length + lostLines > 0) send(lines)
  })
  // An error that nobody listens for ends the process.
  sink.on('error', () => {
    lostLines += takeWaiting().length + atStake
    atStake = 0
  })

  return (line) => {
    if (!isFull) return send([line])
    if (waitingChars + line.length > mostWaitingChars) {
      lostLines += 1
      return
    }
    waiting.push(line)
    waitingChars += line.length
  }
}
