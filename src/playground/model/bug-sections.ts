/** The rules that planted bugs break: sections of docs/internals/protocol.md, each with the numbers of its bugs. */
const BUGS_OF: Readonly<Record<string, string>> = {
  '2.2': 'H02',
  '2.3': 'M04',
  '2.4': 'M24 M27 M103',
  '2.5': 'M81 M82 M83 M130 M131',
  '2.6': 'M90',
  '2.7': 'M41 M42 M43',
  '3.1': 'H01',
  '3.4': 'M20',
  '3.5': 'M03 M28',
  '3.6': 'M01 M02 M29 M35',
  '3.9': 'M39',
  '4.1': 'M08 M32 H03',
  '4.2': 'M05',
  '4.3': 'M06 M07 M09',
  '4.4': 'M17 M18',
  '4.6': 'M31 M40',
  '4.8': 'M97 M137',
  '5.2': 'M21 M44 M140',
  '5.3': 'M45 M46',
  '5.7': 'M38',
  '5.8': 'M110 M182',
  '5.9': 'M36 M37 M60 M61',
  '6.1': 'M13 M14',
  '6.5': 'M95',
  '6.6': 'M96',
  '7.1': 'M102',
  '7.2': 'M10',
  '7.3': 'M25 M26',
  '7.4': 'M12 M150',
  '7.6': 'M11',
  '7.7': 'M22 M132',
  '7.8': 'M84 M85 M86 M87 M88 M89 M100 M101 M180',
  '7.10': 'M141 M142 M143 M144 M145 M146 M147 M149 M154',
  '7.11': 'M187 M188',
  '8.1': 'M70',
  '8.3': 'M34',
  '9.2': 'M16 M19',
  '9.4': 'M161 M162 M163 M166 M167 M168 M169 M170 M172 H04',
  '10.3': 'M30',
  '10.4': 'M23',
  '10.5': 'M33',
  '10.6': 'M71',
  '10.8': 'M104',
  '11.1': 'M123 M124 M128',
  '11.2': 'M120 M153',
  '11.3': 'M121 M122 M151 M155 M156',
  '11.4': 'M126 M127 M129',
  '11.5': 'M152',
  '11.6': 'M125',
  '11.8': 'M133 M134 M135 M136 M181',
};

const SECTIONS = new Map(
  Object.entries(BUGS_OF).flatMap(([section, numbers]) =>
    numbers.split(' ').map((number) => [number, section] as const),
  ),
);

/** The section of the rule that the bug of that number breaks: `3.5`. Undefined where none is noted. */
export function sectionOf(number: string): string | undefined {
  return SECTIONS.get(number);
}
