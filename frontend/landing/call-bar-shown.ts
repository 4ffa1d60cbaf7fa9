/** The id of the bar that leads back to the form. */
export const callBarId = 'call-bar'

/** Shows the bar while nothing of the form is in sight. */
export function showCallBar(): void {
  const bar = document.getElementById(callBarId)
  const form = document.getElementById('estimate')
  if (!bar || !form) return
  new IntersectionObserver(([entry]) => {
    bar.hidden = entry!.isIntersecting
  }).observe(form)
}
