// Puts the page together: pictures, legends, tables that sort, CSV, and the theme.

// Names for what is drawn, as buttons that take it away and bring it back.
function legend(box, chart) {
  box.replaceChildren(...chart.data.datasets.length < 2 ? [] : chart.data.datasets.map((set, i) => {
    const button = document.createElement('button'), sample = document.createElement('i');
    const color = set.borderColor ?? set.backgroundColor;
    button.type = 'button';
    button.setAttribute('aria-pressed', 'true');
    sample.setAttribute('aria-hidden', 'true');
    if (chart.config.type === 'bar') {
      sample.className = 'block';
      sample.style.background = color;
    } else {
      sample.style.color = color;
      sample.style.borderTopStyle = !set.showLine ? 'none' : set.borderDash?.length ? 'dashed' : 'solid';
      sample.textContent = glyphs[set.pointStyle] ?? '|';
    }
    button.append(sample, set.label);
    button.addEventListener('click', () => {
      const shown = !chart.isDatasetVisible(i);
      chart.setDatasetVisibility(i, shown);
      button.setAttribute('aria-pressed', String(shown));
      chart.update();
    });
    return button;
  }));
}

// Draws into a figure, in place of what was there.
function put(figure, {height, ...config}) {
  const canvas = figure.querySelector('canvas');
  Chart.getChart(canvas)?.destroy();
  if (height) canvas.parentElement.style.height = height + 'px';
  legend(figure.querySelector('.legend'), new Chart(canvas, config));
}

(() => {
  const root = document.documentElement, data = JSON.parse(document.getElementById('data').textContent);
  const dark = matchMedia('(prefers-color-scheme: dark)'), theme = document.getElementById('theme'), trial = document.getElementById('trial');
  let chosen = ''; // empty: as the system has it

  const draw = () => {
    for (const chart of data.charts) {
      const figure = document.getElementById(chart.id);
      if (chart.kind === 'small') drawSmall(figure, chart, data.series);
      else put(figure, kinds[chart.kind](chart));
    }
    if (trial) showTrial(data.series[Number(trial.value)]);
  };
  const paint = name => {
    root.dataset.theme = name;
    theme.textContent = name === 'dark' ? 'Light theme' : 'Dark theme';
    draw();
  };
  const system = () => chosen || (dark.matches ? 'dark' : 'light');

  root.classList.add('js');
  Chart.defaults.font.family = getComputedStyle(document.body).fontFamily;
  theme.addEventListener('click', () => { chosen = system() === 'dark' ? 'light' : 'dark'; paint(chosen); });
  dark.addEventListener('change', () => paint(system()));
  addEventListener('beforeprint', () => paint('light')); // ink is dark
  addEventListener('afterprint', () => paint(system()));
  trial?.addEventListener('change', () => showTrial(data.series[Number(trial.value)]));
  document.querySelectorAll('table.sort').forEach(sortable);
  document.querySelectorAll('a[data-chart]').forEach(link => {
    const chart = data.charts.find(c => c.id === link.dataset.chart);
    download(link, () => fileName(chart.id), () => chartCSV(chart));
  });
  document.querySelectorAll('a[data-trial]').forEach(link => {
    const series = () => data.series[Number(trial.value)];
    download(link, () => fileName(series().name), () => seriesCSV(series()));
  });
  paint(system());
})();
