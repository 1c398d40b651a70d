/** Charts as SVG, for pages on a light and on a dark ground. */

const SCHEMES = {
  light: {
    ground: '#ffffff',
    text: '#1f2328',
    muted: '#59636e',
    grid: '#d1d9e0',
    ours: '#0969da',
    other: '#afb8c1',
  },
  dark: {
    ground: '#0d1117',
    text: '#f0f6fc',
    muted: '#9198a1',
    grid: '#3d444d',
    ours: '#4493f8',
    other: '#656c76',
  },
};

const FONT = 'font-family="ui-sans-serif, system-ui, sans-serif"';
const WIDTH = 860;

/**
 * Groups of horizontal bars, one below the other, each group with a scale of its own. The bars of
 * labels that begin with `agentfs` and no word behind a hyphen stand out.
 */
export function barChart({ title, charts, scheme }) {
  const colours = SCHEMES[scheme];
  const [rowHeight, left, widest] = [20, 200, 520];
  const parts = [];
  let y = 64;
  for (const { title: heading, bars } of charts) {
    parts.push(text(20, y, heading, colours.text, { weight: 600 }));
    y += 10;
    const most = Math.max(...bars.map(({ value }) => value));
    for (const { label, value } of bars) {
      const width = Math.max(1, (value / most) * widest);
      const fill = /^agentfs(,|$)/.test(label) ? colours.ours : colours.other;
      parts.push(
        text(left - 8, y + 13, label, colours.muted, { anchor: 'end' }),
        `<rect x="${left}" y="${y + 3}" width="${width.toFixed(1)}" height="13" rx="2" fill="${fill}"/>`,
        text(left + width + 8, y + 13, figure(value), colours.text),
      );
      y += rowHeight;
    }
    y += 24;
  }
  return picture({ title, height: y, colours, parts });
}

/**
 * Curves over a logarithmic scale of sizes, a small chart for each, three in a row. The vertical
 * scale is logarithmic too, so that a cost which follows the size is a straight rising line, and one
 * that does not is flat.
 *
 * @param charts - each with a title and `points`, pairs of size and figure.
 */
export function curves({ title, charts, scheme }) {
  const colours = SCHEMES[scheme];
  const [columns, width, height, gap] = [3, 260, 150, 20];
  const parts = charts.flatMap(({ title: heading, points }, i) => {
    const x = gap + (i % columns) * (width + gap);
    const y = 50 + Math.floor(i / columns) * (height + 50);
    return curve({ x, y, width, height, heading, points, colours });
  });
  const rows = Math.ceil(charts.length / columns);
  return picture({ title, height: 60 + rows * (height + 50), colours, parts });
}

function curve({ x, y, width, height, heading, points, colours }) {
  const sizes = points.map(([size]) => Math.log10(size));
  const values = points.map(([, value]) => Math.log10(Math.max(value, 1e-3)));
  const [low, high] = [Math.floor(Math.min(...values)), Math.ceil(Math.max(...values) + 1e-9)];
  const across = (size) =>
    x + 50 + ((size - sizes[0]) / (sizes.at(-1) - sizes[0] || 1)) * (width - 84);
  const up = (value) => y + height - ((value - low) / (high - low || 1)) * (height - 24);
  const grid = Array.from({ length: high - low + 1 }, (_, i) => low + i);
  const places = points.map((_, i) => [across(sizes[i]), up(values[i])]);
  return [
    text(x, y, heading, colours.text, { weight: 600 }),
    ...grid.flatMap((power) => [
      `<line x1="${x + 34}" x2="${x + width - 20}" y1="${up(power).toFixed(1)}" y2="${up(power).toFixed(1)}" stroke="${colours.grid}"/>`,
      text(x + 30, up(power) + 4, short(10 ** power), colours.muted, { anchor: 'end', size: 10 }),
    ]),
    `<polyline fill="none" stroke="${colours.ours}" stroke-width="2" points="${places.map((place) => place.map((at) => at.toFixed(1)).join(',')).join(' ')}"/>`,
    ...places.flatMap(([px, py], i) => [
      `<circle cx="${px.toFixed(1)}" cy="${py.toFixed(1)}" r="3" fill="${colours.ours}"/>`,
      text(px, py - 7, figure(points[i][1]), colours.text, { anchor: 'middle', size: 10 }),
      text(px, y + height + 14, short(points[i][0]), colours.muted, { anchor: 'middle', size: 10 }),
    ]),
  ];
}

function picture({ title, height, colours, parts }) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" role="img">`,
    `<title>${escaped(title)}</title>`,
    `<rect width="100%" height="100%" fill="${colours.ground}"/>`,
    text(20, 28, title, colours.text, { weight: 600, size: 16 }),
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function text(x, y, words, fill, { anchor = 'start', weight = 400, size = 12 } = {}) {
  const place = `x="${x.toFixed(1)}" y="${y.toFixed(1)}" text-anchor="${anchor}"`;
  return `<text ${place} ${FONT} font-size="${size}" font-weight="${weight}" fill="${fill}">${escaped(words)}</text>`;
}

function figure(value) {
  if (value >= 100) return Math.round(value).toLocaleString('en');
  return `${Number(value.toPrecision(2))}`;
}

function short(value) {
  if (value >= 1e6) return `${value / 1e6}M`;
  if (value >= 1e3) return `${value / 1e3}k`;
  return `${Number(value.toPrecision(2))}`;
}

function escaped(words) {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
