import { createRoot } from 'react-dom/client'
import { Film, type FilmProps } from '../ui/film.tsx'

/** Draws the film anew where its still was, playing, so that nothing others did to the still is in its way. */
export function playFilm(place: Element, film: FilmProps): void {
  const frame = document.createElement('div')
  place.replaceChildren(frame)
  createRoot(frame).render(<Film {...film} plays />)
}
