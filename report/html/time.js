// Pictures over time: one trial large, all cases small.

// Shaded times, and lines at instants with a number or a word on top.
function bands(shades, lines) {
  return {
    id: 'bands',
    beforeDatasetsDraw(chart) {
      const {ctx, chartArea: area, scales: {x}} = chart;
      const inside = v => Math.min(Math.max(x.getPixelForValue(v), area.left), area.right);
      ctx.save();
      for (const {from, to, color} of shades) {
        ctx.fillStyle = color;
        ctx.fillRect(inside(from), area.top, inside(to) - inside(from), area.height);
      }
      ctx.strokeStyle = ctx.fillStyle = css('--soft');
      ctx.font = '11px ' + Chart.defaults.font.family;
      ctx.setLineDash([2, 3]);
      let free = area.left;
      for (const {at, text} of lines) {
        const left = x.getPixelForValue(at);
        if (left < area.left - 1 || left > area.right + 1) continue;
        ctx.beginPath();
        ctx.moveTo(left, area.top); ctx.lineTo(left, area.bottom);
        ctx.stroke();
        const width = ctx.measureText(text).width;
        if (left + 3 < free || left + 3 + width > area.right) continue;
        ctx.fillText(text, left + 3, area.top + 9);
        free = left + width + 8;
      }
      ctx.restore();
    },
  };
}

function timesOf(series) {
  const shades = series.warmup_s > 0 ? [{from: -series.warmup_s, to: 0, color: css('--warmup')}] : [];
  for (const [from, to] of series.shades ?? []) shades.push({from, to, color: css('--fault')});
  return bands(shades, (series.marks ?? []).map(([at], i) => ({at, text: String(i + 1)})));
}

// Whether a number of a series is a lower bound, and the number in words.
function bounded(series, i, j) { return series.at_least?.[i]?.includes(j) ?? false; }
function pointWords(series, i, j) {
  return series.values[i][j] === null ? '–' : (bounded(series, i, j) ? '≥ ' : '') + human(series.columns[i].unit, series.values[i][j]);
}

// Some columns of a series as lines. A point stands in the middle of the seconds that it is of.
function lines(series, columns, {log, small = false, most, least}) {
  const middle = series.each_s / 2, points = series.at_s.length;
  const radius = small || points > 150 ? 0.8 : 2, marks = columns.map(i => series.at_s.map((at, j) => bounded(series, i, j)));
  const sets = columns.map((i, n) => ({
    label: series.columns[i].head, column: i, data: series.at_s.map((at, j) => ({x: at + middle, y: series.values[i][j]})), showLine: true, spanGaps: false,
    borderColor: look(n).color, backgroundColor: look(n).color, borderDash: small ? [] : look(n).dash, borderWidth: small ? 1.5 : 2, pointRadius: marks[n].map(b => b ? radius + 2 : radius), pointStyle: look(n).marker,
    pointBackgroundColor: marks[n].map(b => b ? css('--paper') : look(n).color), pointBorderColor: look(n).color,
  }));
  const unit = series.columns[columns[0]].unit, none = small ? {} : {grace: '4%'};
  const x = axis('', small ? '' : 'seconds of the measured part', {min: Math.min(-series.warmup_s, series.at_s[0] ?? 0), max: Math.max(series.measure_s, (series.at_s.at(-1) ?? 0) + series.each_s)});
  x.ticks.callback = v => String(v);
  x.ticks.maxTicksLimit = small ? 4 : 12;
  x.grid.display = false;
  const y = axis(unit, log && !small ? 'logarithmic' : '', {log, zero: true, ...none, suggestedMax: most, suggestedMin: least});
  if (!small) y.afterFit = scale => { scale.width = 80; }; // so that what happened at one time stands at one place
  if (!log) y.ticks.maxTicksLimit = small ? 4 : 8;
  return {
    type: 'scatter', data: {datasets: sets}, plugins: [timesOf(series)],
    options: options({x, y}, item => item.dataset.label + ' ' + pointWords(series, item.dataset.column, item.dataIndex) + ' at ' + (item.raw.x - middle) + ' s',
      {interaction: {mode: 'nearest', axis: 'x', intersect: false}}),
  };
}

function columnsOf(series, unit) {
  return series.columns.flatMap((c, i) => c.unit === unit && series.values[i].some(v => v !== null) ? [i] : []);
}

// What is shown of the trial that was chosen. Nothing is drawn of what it does not have.
function showTrial(series) {
  for (const [id, unit] of [['over-latency', 'ns'], ['over-rate', 'records/s'], ['over-lag', 'records']]) {
    const figure = document.getElementById(id), columns = columnsOf(series, unit);
    figure.hidden = columns.length === 0;
    if (figure.hidden) continue;
    figure.querySelector('canvas').setAttribute('aria-label', figure.querySelector('h3').textContent + ' of ' + series.name + ': ' +
      columns.map(i => series.columns[i].head).join(', ') + (series.shades ? ', with faults and pauses of consumers shaded' : '') + '. The numbers are in the table below.');
    const log = unit === 'ns' && spreads(columns.flatMap(i => series.values[i]));
    put(figure, lines(series, columns, {log}));
  }
  document.getElementById('over-marks').replaceChildren(...(series.marks ?? []).map(([at, what]) => {
    const item = document.createElement('li');
    const since = series.warmup_s > 0 ? ' (' + human('ns', (at + series.warmup_s) * 1e9) + " after the trial's start)" : '';
    item.textContent = human('ns', at * 1e9) + since + ': ' + what;
    return item;
  }));
  const table = document.getElementById('over-table'), head = document.createElement('thead'), body = document.createElement('tbody');
  const cell = (row, kind, text, number) => {
    const made = document.createElement(kind);
    made.textContent = text;
    if (number) made.className = 'n';
    row.append(made);
    return made;
  };
  const first = document.createElement('tr');
  cell(first, 'th', 'second', true).scope = 'col';
  series.columns.forEach(c => { cell(first, 'th', c.head, true).scope = 'col'; });
  head.append(first);
  series.at_s.forEach((at, j) => {
    const row = document.createElement('tr');
    cell(row, 'td', String(at), true);
    series.columns.forEach((c, i) => cell(row, 'td', pointWords(series, i, j), true));
    body.append(row);
  });
  table.replaceChildren(head, body);
}

// A picture a row, all on one scale, so that one look tells them apart.
function drawSmall(figure, chart, all) {
  const p99 = s => s.columns.findIndex(c => c.unit === 'ns' && c.head.endsWith('p99'));
  const rows = chart.rows.slice(0, chart.drawn).map(row => [row, all.find(s => s.case === row[0])]).filter(([, s]) => s && p99(s) >= 0);
  const values = rows.flatMap(([, s]) => s.values[p99(s)] ?? []).filter(v => v !== null);
  const log = spreads(values), most = Math.max(...values), least = Math.min(...values);
  const box = figure.querySelector('.picture');
  box.querySelectorAll('canvas').forEach(canvas => Chart.getChart(canvas)?.destroy());
  box.replaceChildren(...rows.map(([row, series]) => {
    const one = document.createElement('div'), title = document.createElement('h4'), mini = document.createElement('div'), canvas = document.createElement('canvas');
    title.textContent = rowName(chart, row) + ', ' + series.columns[p99(series)].head;
    mini.className = 'mini';
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', 'Latency over time of ' + series.name + '. Its slowest second is in the table below.');
    mini.append(canvas);
    one.append(title, mini);
    return one;
  }));
  box.querySelectorAll('canvas').forEach((canvas, i) => {
    const series = rows[i][1];
    new Chart(canvas, lines(series, [p99(series)], {log, small: true, most, least: log ? least : 0}));
  });
}
