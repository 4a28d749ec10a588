// Pictures of tables. A chart is drawn from its table alone: the words of a row's first cell name it, chart.draw says which columns
// are drawn, chart.drawn how many rows.

const glyphs = {circle: '●', rect: '■', triangle: '▲', rectRot: '◆', star: '✳', crossRot: '✕'};
const markers = Object.keys(glyphs);
const dashes = [[], [7, 4], [2, 3], [9, 3, 2, 3], [14, 4], [4, 2]];

// What tells the i-th thing apart: a colour, a dash and a marker, of which the last two need no colours.
function look(i) {
  return {color: css('--c' + (i % 8 + 1)), dash: dashes[(i + Math.floor(i / 8)) % dashes.length], marker: markers[(i + Math.floor(i / 8)) % markers.length]};
}

function css(name) { return getComputedStyle(document.documentElement).getPropertyValue(name).trim(); }

// Latencies that lie far apart need a logarithmic axis; on one that begins at 0 the small ones would vanish.
function spreads(values) {
  const known = values.filter(v => v !== null && v > 0);
  return known.length > 0 && Math.max(...known) > 20 * Math.min(...known) && values.every(v => v === null || v > 0);
}

// How far an axis must reach for the whiskers of some columns. Numbers that hardly differ must not look as if they did.
function reach(rows, columns) {
  const ends = rows.flatMap(r => columns.flatMap(i => [value(r[i]), ...range(r[i]) ?? []])).filter(v => v !== null);
  if (!ends.length) return {};
  const low = Math.min(...ends), high = Math.max(...ends), near = high > 0 && high - low < 0.04 * high;
  return near ? {suggestedMin: low * 0.97, suggestedMax: high * 1.03} : {suggestedMin: low, suggestedMax: high};
}

function axis(unit, title, {log = false, zero = false, ...more} = {}) {
  const soft = css('--soft'), line = css('--line');
  const scale = {
    type: log ? 'logarithmic' : 'linear', beginAtZero: zero && !log,
    title: {display: title !== '', text: title, color: soft, font: {size: 12}},
    border: {color: line}, grid: {color: line, tickColor: line},
    ticks: {color: soft, maxRotation: 0, font: {size: 11}, callback: v => brief(unit, v)},
    ...more,
  };
  if (log) {
    scale.ticks.autoSkip = false;
    scale.ticks.maxTicksLimit = 1000; // or the room for labels is that of a few of them
    scale.ticks.callback = function (v) {
      const steps = Math.log10(this.max / this.min) < 2.2 ? [1, 2, 5] : [1];
      const mantissa = v / 10 ** Math.floor(Math.log10(v) + 1e-9);
      return steps.some(s => Math.abs(mantissa - s) < 1e-6) ? brief(unit, v) : '';
    };
    scale.grid.color = tick => tick.tick?.label ? line : 'transparent';
  }
  return scale;
}

function names(axis) {
  return {...axis, type: 'category', ticks: {color: css('--ink'), autoSkip: false, font: {size: 12}, callback(i) {
    const room = Math.max(12, Math.floor(this.chart.width / 18)), text = this.getLabelForValue(i);
    return text.length > room ? text.slice(0, room - 1) + '…' : text;
  }}, grid: {display: false}};
}

function options(scales, label, more = {}) {
  return {
    animation: false, responsive: true, maintainAspectRatio: false, scales,
    plugins: {legend: {display: false}, tooltip: {callbacks: {label}, backgroundColor: css('--ink'), titleColor: css('--paper'), bodyColor: css('--paper'), displayColors: false, padding: 9}},
    ...more,
  };
}

function doubted(chart, row) {
  const trust = chart.columns.findIndex(c => c.head === 'trust');
  return trust >= 0 && row[trust] !== 'ok' && row[trust] !== null;
}

function rowName(chart, row) { return (row[0] ?? '') + (doubted(chart, row) ? ' *' : ''); }

const kinds = {
  tradeoff(chart) {
    const [across, up] = chart.draw, rows = chart.rows.slice(0, chart.drawn);
    const ys = rows.map(r => value(r[up])), unit = chart.columns[up].unit, log = spreads(ys);
    const point = r => ({x: value(r[across]), y: value(r[up])});
    const bound = r => atLeast(r[across]) || atLeast(r[up]);
    const on = rows.filter(r => r[3] === 'yes').sort((a, b) => value(a[across]) - value(b[across]));
    const off = rows.filter(r => r[3] !== 'yes' && !bound(r)), above = rows.filter(bound);
    const set = (label, of, i, more) => ({
      label, data: of.map(point), rows: of, names: of.length <= 16 || i === 0 ? of.map(r => (bound(r) ? '≥ ' : '') + rowName(chart, r)) : [],
      spread: of.map(r => ({x: range(r[across]), y: range(r[up])})), whisker: css('--soft'), pointRadius: 6, pointHoverRadius: 8,
      borderColor: look(i).color, backgroundColor: look(i).color, pointStyle: look(i).marker, ...more,
    });
    const sets = [];
    if (on.length) sets.push(set('on the frontier', on, 0, {showLine: true, borderDash: [3, 4], borderWidth: 1.5}));
    if (off.length) sets.push(set("beaten, or can't be told", off, 1, {backgroundColor: 'transparent', pointBorderWidth: 2}));
    if (above.length) sets.push(set('a lower bound: the true time is longer', above, 2, {backgroundColor: 'transparent', pointBorderWidth: 2}));
    return {
      type: 'scatter', data: {datasets: sets}, plugins: [whiskers, pointNames],
      options: options({
        x: axis(chart.columns[across].unit, chart.columns[across].head, {grace: '12%', ...reach(rows, [across])}), y: axis(unit, chart.columns[up].head + (log ? ', logarithmic' : ''), {log, grace: '12%', ...reach(rows, [up])}),
      }, item => {
        const row = item.dataset.rows[item.dataIndex];
        return [rowName(chart, row), ...chart.draw.map(i => chart.columns[i].head + ' ' + cellWords(chart.columns[i], row[i]))];
      }),
    };
  },

  bars(chart, stacked = false) {
    const rows = chart.rows.slice(0, chart.drawn), unit = chart.columns[chart.draw[0]].unit;
    const log = !stacked && unit === 'ns' && spreads(rows.flatMap(r => chart.draw.map(i => value(r[i]))));
    const sets = chart.draw.map((i, n) => ({
      label: chart.columns[i].head, data: rows.map(r => value(r[i])), ...openEnded(look(n).color, rows.map(r => atLeast(r[i]))), stack: stacked ? 'all' : undefined, maxBarThickness: 16, barPercentage: 0.85, categoryPercentage: 0.78,
      spread: stacked ? null : rows.map(r => ({x: range(r[i])})), column: i,
    }));
    return {
      type: 'bar', data: {labels: rows.map(r => rowName(chart, r)), datasets: sets}, plugins: [whiskers, openEnds],
      height: 60 + rows.length * (stacked ? 34 : Math.max(30, 16 * sets.length + 10)),
      options: options({
        x: {...axis(unit, log ? 'logarithmic: compare ends, not lengths' : '', {log}), beginAtZero: true, suggestedMax: stacked ? undefined : reach(rows, chart.draw).suggestedMax, stacked}, y: {...names(axis('', '')), stacked},
      }, item => chart.columns[item.dataset.column].head + ' ' + cellWords(chart.columns[item.dataset.column], rows[item.dataIndex][item.dataset.column]), {indexAxis: 'y'}),
    };
  },

  stack(chart) { return kinds.bars(chart, true); },

  // The axis of HdrHistogram's plotter: as far between 90 and 99 as between 99 and 99.9. A maximum is one record of so many.
  percentiles(chart) {
    const at = {p50: 2, p90: 10, p95: 20, p99: 100, 'p99.9': 1e3, 'p99.99': 1e4}, count = chart.columns.findIndex(c => c.key === 'records');
    const place = (r, i) => at[chart.columns[i].head] ?? value(r[count] ?? null);
    const rows = chart.rows.slice(0, chart.drawn), log = spreads(rows.flatMap(r => chart.draw.map(i => value(r[i]))));
    const sets = rows.map((r, n) => {
      const drawn = chart.draw.filter(i => value(r[i]) !== null && place(r, i) !== null).sort((a, b) => place(r, a) - place(r, b));
      return {
        label: rowName(chart, r), data: drawn.map(i => ({x: place(r, i), y: value(r[i])})), spread: drawn.map(i => ({y: range(r[i])})), whisker: look(n).color, row: r, drawn,
        borderColor: look(n).color, backgroundColor: look(n).color, borderDash: look(n).dash, pointStyle: look(n).marker, borderWidth: 2, showLine: true, ...hollow(look(n).color, drawn.map(i => atLeast(r[i]))),
      };
    });
    const most = Math.max(100, ...sets.flatMap(s => s.data.map(p => p.x)));
    const ticks = [[2, 'p50'], [10, 'p90'], ...[...Array(10).keys()].map(i => [100 * 10 ** i, 'p99' + (i ? '.' + '9'.repeat(i) : '')])].filter(([v]) => v <= most);
    const x = axis('', '', {log: true, min: 1.8, max: 1.2 * most});
    x.ticks.callback = v => ticks.find(([t]) => t === v)?.[1] ?? '';
    x.ticks.autoSkip = true;
    x.afterBuildTicks = scale => { scale.ticks = ticks.map(([v]) => ({value: v})); };
    return {
      type: 'scatter', data: {datasets: sets}, plugins: [whiskers],
      options: options({x, y: axis('ns', log ? 'logarithmic' : '', {log, zero: true, suggestedMax: reach(rows, chart.draw).suggestedMax})}, item => {
        const i = item.dataset.drawn[item.dataIndex], c = chart.columns[i];
        return item.dataset.label + ', ' + c.head + ' ' + cellWords(c, item.dataset.row[i]) + (c.head === 'max' ? ' of ' + cellWords(chart.columns[count], value(item.dataset.row[count])) + ' records' : '');
      }),
    };
  },

  load(chart) {
    const [across, ...up] = chart.draw, rows = chart.rows.slice(0, chart.drawn).filter(r => value(r[across]) !== null);
    const log = spreads(rows.flatMap(r => up.map(i => value(r[i])))), is = chart.columns.length - 1;
    const sets = up.map((i, n) => {
      const of = rows.filter(r => value(r[i]) !== null);
      return {
        label: chart.columns[i].head, data: of.map(r => ({x: value(r[across]), y: value(r[i])})), rows: of, column: i, showLine: true, borderWidth: 2,
        borderColor: look(n).color, backgroundColor: look(n).color, borderDash: look(n).dash, pointStyle: look(n).marker, ...hollow(look(n).color, of.map(r => atLeast(r[i]))),
      };
    });
    const knees = rows.filter(r => String(r[is] ?? '').startsWith('knee')).map(r => ({at: value(r[across]), text: r[is]}));
    return {
      type: 'scatter', data: {datasets: sets}, plugins: [bands([], knees)],
      options: options({x: axis(chart.columns[across].unit, 'produced'), y: axis('ns', log ? 'logarithmic' : '', {log, zero: true})},
        item => item.dataset.label + ' ' + cellWords(chart.columns[item.dataset.column], item.dataset.rows[item.dataIndex][item.dataset.column]) + ' at ' + human(chart.columns[across].unit, item.raw.x)),
    };
  },

  steps(chart) {
    const rate = chart.draw[0], passed = chart.columns.findIndex(c => c.head === 'passed'), rows = chart.rows.slice(0, chart.drawn);
    const set = (label, is, i) => {
      const of = rows.map((r, n) => [r, n + 1]).filter(([r]) => value(r[rate]) !== null && (r[passed] ?? '') === is);
      return {label, data: of.map(([r, n]) => ({x: n, y: value(r[rate])})), rows: of.map(([r]) => r), borderColor: look(i).color, backgroundColor: look(i).color, pointStyle: look(i).marker, pointRadius: 6, pointBorderWidth: 2};
    };
    const sets = [set('passed', 'yes', 2), set('failed', 'no', 5), set('not told', '', 3)].filter(s => s.data.length);
    const log = spreads(rows.map(r => value(r[rate])));
    return {
      type: 'scatter', data: {datasets: sets},
      options: options({x: axis('', 'step', {min: 0, max: rows.length + 1, ticks: {color: css('--soft'), precision: 0}}), y: axis(chart.columns[rate].unit, log ? 'rate asked for, logarithmic' : 'rate asked for', {log, zero: true})},
        item => chart.columns.map((c, i) => c.head + ': ' + cellWords(c, item.dataset.rows[item.dataIndex][i] ?? null))),
    };
  },

  // Each metric is as wide as its interval. One that is far wider than the others would leave them no room: it is cut, and its numbers stand there.
  differences(chart) {
    const [change, allowed, ...pairs] = chart.draw, rows = chart.rows.slice(0, chart.drawn), labels = rows.map(r => r[0]);
    const y = i => ({y: labels[i]}), ends = r => [value(r[change]), ...range(r[change]) ?? [], value(r[allowed])].filter(v => v !== null);
    const widths = rows.map(r => Math.max(...ends(r).map(Math.abs))), sorted = [...widths].sort((a, b) => a - b);
    const limit = sorted.find((w, i) => i + 1 < sorted.length && sorted[i + 1] > 4 * Math.max(w, 0.25)) ?? Infinity;
    const inside = widths.every(w => w <= limit) ? rows : rows.filter((r, i) => widths[i] <= limit);
    const far = rows.map(r => inside.includes(r) ? null : r[change]), noise = rows.map(r => range(r[change])?.[0] <= 0 && range(r[change])?.[1] >= 0);
    const limits = rows.flatMap((r, i) => value(r[allowed]) === null ? [] : [{x: value(r[allowed]), ...y(i)}]);
    const dots = rows.flatMap((r, i) => pairs.filter(p => value(r[p] ?? null) !== null).map(p => ({x: value(r[p]), ...y(i)})));
    const sets = [
      {label: 'estimate, with its interval', data: rows.map((r, i) => ({x: value(r[change]), ...y(i)})), spread: rows.map(r => ({x: range(r[change])})), whisker: look(0).color, noise, far,
        pointStyle: 'rectRot', pointRadius: 7, pointBorderWidth: 2, backgroundColor: look(0).color, pointBackgroundColor: noise.map(n => n ? css('--paper') : look(0).color), borderColor: look(0).color},
      {label: 'allowed', data: limits, pointStyle: 'line', rotation: 90, pointRadius: 12, pointBorderWidth: 3, borderColor: css('--bad'), backgroundColor: css('--bad')},
      {label: 'a pair', data: dots, pointStyle: 'circle', pointRadius: 3, borderColor: css('--soft'), backgroundColor: 'transparent'},
    ].filter(s => s.data.length);
    const span = reach(inside, [change, allowed, ...pairs]), room = 0.08 * ((span.suggestedMax ?? 0) - (span.suggestedMin ?? 0));
    const x = inside === rows ? {grace: '5%', ...span} : {min: Math.min(0, span.suggestedMin) - room, max: Math.max(0, span.suggestedMax) + room};
    const across = axis('change', 'change', x);
    across.ticks.includeBounds = false; // where the axis is cut is no round number
    return {
      type: 'scatter', data: {datasets: sets}, plugins: [bands([], [{at: 0, text: ''}]), whiskers, arrows], height: 70 + 34 * rows.length,
      options: options({x: across, y: {...names(axis('', '')), labels, offset: true}},
        item => item.dataset.label + ' ' + (item.dataset.noise?.[item.dataIndex] ? '~ ' : '') + human('change', item.raw.x)),
    };
  },
};
