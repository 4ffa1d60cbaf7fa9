// An API with a fault in its code: it reads no number in digits of other scripts.
const normalize = String.prototype.normalize
String.prototype.normalize = function (this: string, form) {
  if (/[٠-٩]/.test(this)) throw new Error('a fault of ours')
  return normalize.call(this, form)
}
await import('../../api.ts')

export {}
