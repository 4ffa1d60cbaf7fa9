import { useMutation } from '@tanstack/react-query'
import { ask } from './api.ts'

const cameFrom = 'desk.cameFrom'

/** Sends the browser to the provider; it comes back to `/elsewhere`, and from there to where it is now. */
export const useGoElsewhere = (again: boolean) =>
  useMutation({
    mutationFn: () => ask<{ url: string }>('POST', '/elsewhere', { again }),
    onSuccess({ url }) {
      sessionStorage.setItem(cameFrom, location.pathname + location.search)
      location.assign(url)
    },
  })

/** Where somebody was when they were sent away: a place of the desk, or its start. */
export function placeBefore(): string {
  const place = sessionStorage.getItem(cameFrom) ?? ''
  sessionStorage.removeItem(cameFrom)
  return /^\/admin(?=[/?]|$)/.test(place) ? place.slice('/admin'.length) || '/' : '/'
}
