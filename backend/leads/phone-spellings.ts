/** How numbers of a calling code were written before: each is tried where it makes a number that is in use. */
type Spelling = readonly [was: RegExp, is: string]

const vietnam: Readonly<Record<string, string>> = {
  ...{ 120: '70', 121: '79', 122: '77', 126: '76', 128: '78' },
  ...{ 123: '83', 124: '84', 125: '85', 127: '81', 129: '82' },
  ...{ 186: '56', 188: '58', 199: '59' },
}

const oldSpellings: Readonly<Record<string, readonly Spelling[]>> = {
  // Argentina: 15 within the country and 9 from abroad say the same, and either may stand with the other.
  54: [[/^9?0?(\d{2,4})15(\d{6,8})$/, '9$1$2']],
  // Brazil: the carrier that a call goes by, and the ninth digit that mobiles have had since 2016.
  55: [
    [/^(?:0\d\d)?(\d\d)([6-9]\d{7})$/, '$19$2'],
    [/^0\d\d(\d{10,11})$/, '$1'],
    [/^0(\d\d)([6-9]\d{7})$/, '$19$2'],
  ],
  // Colombia: landlines have had ten digits since 2021.
  57: [[/^0?([124-8]\d{7})$/, '60$1']],
  // Mexico: until 2019 mobiles were dialled with 044 or 045, from abroad with 1, and far numbers with 01.
  52: [[/^(?:01|044|045|1)(\d{10})$/, '$1']],
  // Vietnam: mobiles have had nine digits instead of ten since 2018.
  84: [
    [/^0?16([2-9]\d{7})$/, '3$1'],
    ...Object.entries(vietnam).map(([was, is]): Spelling => [new RegExp(`^0?${was}(\\d{7})$`), `${is}$1`]),
  ],
  // Côte d'Ivoire: ten digits since 2021; the first two name the operator, which one digit did before.
  225: [
    [/^([04-9][7-9]\d{6})$/, '07$1'],
    [/^([04-9][4-6]\d{6})$/, '05$1'],
    [/^([04-9][0-3]\d{6})$/, '01$1'],
    [/^([23]\d0\d{5})$/, '25$1'],
    [/^([23]\d8\d{5})$/, '21$1'],
    [/^([23]\d[1-79]\d{5})$/, '27$1'],
  ],
  // Benin: ten digits since 2024.
  229: [[/^(\d{8})$/, '01$1']],
  // Mauritius: mobiles have had eight digits since 2013.
  230: [[/^([79]\d{6})$/, '5$1']],
}

/** Whether numbers of a code were written otherwise before, so that a length tells little. */
export const wasOtherwise = (code: string) => code in oldSpellings

/** The national number in today's form, as many as its old form may mean. */
export function todaysOf(code: string, national: string): string[] {
  const found: string[] = []
  for (const [was, is] of oldSpellings[code] ?? [])
    if (was.test(national)) found.push(national.replace(was, is))
  return found
}
