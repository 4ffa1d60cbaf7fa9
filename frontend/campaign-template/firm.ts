import type { Firm } from '../landing/campaign.ts'

export const firm: Firm = {
  name: 'Your Firm',
  phone: { dialled: '+441632960001', shown: '01632 960 001', sample: '07400 123456' },
}
