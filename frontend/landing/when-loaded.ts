/** Does what the visitor does not wait for, once all they wait for is there. */
export function whenLoaded(run: () => void): void {
  const soon = () => setTimeout(run)
  if (document.readyState === 'complete') soon()
  else addEventListener('load', soon)
}
