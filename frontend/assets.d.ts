declare module '*.svg' {
  /** The address of the built file. */
  const address: string
  export default address
}

declare module '*.woff2' {
  /** The address of the built file. */
  const address: string
  export default address
}

declare module '*.css'
