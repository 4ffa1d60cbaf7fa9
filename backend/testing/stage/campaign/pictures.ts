import still from './pictures/still.svg'
import workshop from './pictures/workshop.svg'
import workshopNight from './pictures/workshop-night.svg'

export const pictures = {
  workshop: { bundled: workshop, bundledDark: workshopNight, width: 960, height: 1200 },
  still: { bundled: still, width: 1280, height: 720 },
}
