import filmStill from './pictures/film-still.svg'
import heroDay from './pictures/hero-day.svg'
import heroNight from './pictures/hero-night.svg'

/** The pictures that all languages share; what they show is said in each. */
export const house = { bundled: heroDay, bundledDark: heroNight, width: 960, height: 1200 }
export const still = { bundled: filmStill, width: 1280, height: 720 }
export const film = '/media/solar-day.mp4'
