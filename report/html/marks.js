// What is drawn beside points and bars: how far repeats lie apart, what is a lower bound, names, and what goes beyond an axis.

// The lowest and the highest of the repeats. A dataset's spread has, for each point, {x: [low, high], y: [low, high]}. On bars they have
// a rim, so as to be seen; points lie on them.
const whiskers = {
  id: 'whiskers',
  beforeDatasetsDraw(chart) { if (chart.config.type !== 'bar') drawWhiskers(chart, false); },
  afterDatasetsDraw(chart) { if (chart.config.type === 'bar') drawWhiskers(chart, true); },
};

function drawWhiskers(chart, rim) {
  const {ctx, chartArea: area} = chart;
  ctx.save();
  ctx.beginPath();
  ctx.rect(area.left, area.top, area.width, area.height);
  ctx.clip();
  chart.data.datasets.forEach((dataset, i) => {
    if (!dataset.spread || !chart.isDatasetVisible(i)) return;
    chart.getDatasetMeta(i).data.forEach((point, j) => {
      for (const [id, ends] of Object.entries(dataset.spread[j] ?? {})) {
        if (!ends) continue;
        const [from, to] = ends.map(v => chart.scales[id].getPixelForValue(v));
        if (ends[0] === ends[1]) continue; // or a speck would stand there
        ctx.beginPath();
        if (id === 'x') {
          ctx.moveTo(from, point.y); ctx.lineTo(to, point.y);
          for (const x of [from, to]) { ctx.moveTo(x, point.y - 4); ctx.lineTo(x, point.y + 4); }
        } else {
          ctx.moveTo(point.x, from); ctx.lineTo(point.x, to);
          for (const y of [from, to]) { ctx.moveTo(point.x - 4, y); ctx.lineTo(point.x + 4, y); }
        }
        for (const [color, width] of [...rim ? [[css('--paper'), 3.5]] : [], [dataset.whisker ?? css('--ink'), 1.25]]) {
          ctx.strokeStyle = color;
          ctx.lineWidth = width;
          ctx.stroke();
        }
      }
    });
  });
  ctx.restore();
}

// Marks of lower bounds, whose true values are larger: points are hollow, and bars are pale, have an open end and a sign behind it. A
// dataset's bound says of each point whether it is one.
const hollow = (color, bounds) => ({bound: bounds, pointBackgroundColor: bounds.map(b => b ? 'transparent' : color), pointBorderColor: color, pointBorderWidth: bounds.map(b => b ? 2 : 1), pointRadius: bounds.map(b => b ? 5 : 4)});
const openEnded = (color, bounds) => ({
  bound: bounds, backgroundColor: bounds.map(b => b ? color + '40' : color), borderColor: color,
  borderWidth: bounds.map(b => b ? {left: 1.5, top: 1.5, bottom: 1.5, right: 0} : 0), borderSkipped: false, color,
});
const openEnds = {
  id: 'openEnds',
  afterDatasetsDraw(chart) {
    const {ctx, chartArea: area} = chart;
    ctx.save();
    ctx.font = '12px ' + Chart.defaults.font.family;
    ctx.fillStyle = css('--ink');
    ctx.textBaseline = 'middle';
    chart.data.datasets.forEach((dataset, i) => {
      if (!dataset.bound || dataset.stack || !chart.isDatasetVisible(i)) return;
      chart.getDatasetMeta(i).data.forEach((bar, j) => {
        if (!dataset.bound[j] || dataset.data[j] === null) return;
        const end = dataset.spread?.[j]?.x?.[1], x = end === undefined ? bar.x : Math.max(bar.x, chart.scales.x.getPixelForValue(end));
        ctx.fillText('≥', Math.min(x + 5, area.right - 9), bar.y);
      });
    });
    ctx.restore();
  },
};

// Names beside points, where there is room: a name that would cover another is left to the table.
const pointNames = {
  id: 'pointNames',
  afterDatasetsDraw(chart) {
    const {ctx, chartArea: area} = chart, taken = [];
    ctx.save();
    ctx.font = '12px ' + Chart.defaults.font.family;
    ctx.fillStyle = css('--ink');
    ctx.textBaseline = 'middle';
    chart.data.datasets.forEach((dataset, i) => {
      chart.getDatasetMeta(i).data.forEach((point, j) => {
        const name = dataset.names?.[j], text = name?.length > 32 ? name.slice(0, 31) + '…' : name;
        if (!text || !chart.isDatasetVisible(i)) return;
        const width = ctx.measureText(text).width;
        const places = [[10, -10], [10, 12], [-10 - width, -10], [-10 - width, 12], [10, -24], [10, 26]];
        const free = places.map(([dx, dy]) => ({x: point.x + dx, y: point.y + dy - 7, w: width, h: 14})).find(box =>
          box.x >= area.left && box.x + box.w <= area.right && box.y >= area.top && box.y + box.h <= area.bottom &&
          !taken.some(o => box.x < o.x + o.w && o.x < box.x + box.w && box.y < o.y + o.h && o.y < box.y + box.h));
        if (!free) return;
        taken.push(free);
        ctx.fillText(text, free.x, free.y + 7);
      });
    });
    ctx.restore();
  },
};

// Rows that go beyond the axis: an arrow where they leave it, and their numbers. A dataset's far has their cells, and null for the others.
const arrows = {
  id: 'arrows',
  afterDatasetsDraw(chart) {
    const {ctx, chartArea: area, scales: {x, y}} = chart;
    ctx.save();
    ctx.font = '12px ' + Chart.defaults.font.family;
    ctx.fillStyle = css('--ink');
    ctx.textBaseline = 'middle';
    chart.data.datasets.forEach((dataset, i) => {
      (dataset.far ?? []).forEach((cell, j) => {
        if (cell === null || !chart.isDatasetVisible(i)) return;
        const at = y.getPixelForValue(dataset.data[j].y), [low, high] = range(cell) ?? [value(cell), value(cell)];
        const up = high > x.max, words = cellWords({unit: 'change'}, cell), wide = ctx.measureText(words).width;
        ctx.fillText(words, up ? area.right - 12 - wide : area.left + 12, at - 12);
        for (const [out, edge, back] of [[up, area.right, -8], [low < x.min, area.left, 8]]) {
          if (!out) continue;
          ctx.beginPath();
          ctx.moveTo(edge, at); ctx.lineTo(edge + back, at - 5); ctx.lineTo(edge + back, at + 5);
          ctx.fill();
        }
      });
    });
    ctx.restore();
  },
};
