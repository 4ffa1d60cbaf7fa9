/** An IPv4 address as a number from 0 to 2^32 - 1; -1 for anything else, such as parts with leading zeros. */
export function ipv4Number(text: string): number {
  let number = 0
  let part = -1
  let dots = 0
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - 48
    if (digit === dot) {
      if (part < 0 || ++dots > 3) return -1
      number = number * 256 + part
      part = -1
    } else {
      if (digit < 0 || digit > 9 || part === 0) return -1
      part = part < 0 ? digit : part * 10 + digit
      if (part > 255) return -1
    }
  }
  return dots === 3 && part >= 0 ? number * 256 + part : -1
}

const dot = '.'.charCodeAt(0) - 48
