// Tables: sorting them, and taking them along as CSV.

function sortable(table) {
  const heads = [...table.tHead.rows[0].cells];
  heads.forEach((head, column) => {
    if (head.classList.contains('n') && ![...table.tBodies[0].rows].some(row => row.cells[column].dataset.v !== undefined)) return; // there is no order
    const button = document.createElement('button');
    button.type = 'button';
    button.append(...head.childNodes);
    button.addEventListener('click', () => sort(table, heads, column));
    head.append(button);
  });
}

// Rows without a value stand last, whichever way. The first click shows the best of numbers that are large first.
function sort(table, heads, column) {
  const head = heads[column];
  const up = head.getAttribute('aria-sort') !== 'ascending';
  heads.forEach(h => h.removeAttribute('aria-sort'));
  head.setAttribute('aria-sort', up ? 'ascending' : 'descending');
  const numbers = head.classList.contains('n');
  const key = row => {
    const cell = row.cells[column];
    if (!numbers) return cell.textContent;
    return cell.dataset.v === undefined ? null : Number(cell.dataset.v);
  };
  const words = new Intl.Collator('en', {numeric: true});
  const rows = [...table.tBodies[0].rows].map(row => [key(row), row]);
  rows.sort(([a], [b]) => {
    if (a === null || b === null) return (a === null) - (b === null);
    const order = numbers ? a - b : words.compare(a, b);
    return up ? order : -order;
  });
  table.tBodies[0].append(...rows.map(([, row]) => row));
}

// A spreadsheet takes words that begin so for a formula.
function csvWords(text) {
  if (/^[=+\-@\t\r]/.test(text) && Number.isNaN(Number(text))) text = "'" + text;
  return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
}

// Numbers in base units, with the range of the repeats and the marks of lower bounds in columns of their own.
function chartCSV(chart) {
  const heads = [], rows = chart.rows.map(() => []);
  chart.columns.forEach((column, i) => {
    const cells = chart.rows.map(row => row[i] ?? null);
    const add = (name, of) => {
      heads.push(csvWords(name));
      cells.forEach((cell, j) => rows[j].push(csvWords(String(of(cell) ?? ''))));
    };
    if (!column.unit) return add(column.key, cell => cell);
    add(column.key, value);
    if (cells.some(range)) {
      add(column.key + '_lowest', cell => range(cell)?.[0] ?? value(cell));
      add(column.key + '_highest', cell => range(cell)?.[1] ?? value(cell));
    }
    if (cells.some(atLeast)) add(column.key + '_at_least', cell => atLeast(cell) ? 'true' : '');
  });
  return [heads, ...rows].map(row => row.join(',')).join('\n') + '\n';
}

function seriesCSV(series) {
  const heads = ['second'], columns = [series.at_s];
  series.columns.forEach((column, i) => {
    heads.push(csvWords(column.key));
    columns.push(series.values[i].map(v => v ?? ''));
    if (!series.at_least?.[i]?.length) return;
    heads.push(csvWords(column.key + '_at_least'));
    columns.push(series.values[i].map((v, j) => bounded(series, i, j) ? 'true' : ''));
  });
  return [heads, ...series.at_s.map((at, j) => columns.map(c => c[j]))].map(row => row.join(',')).join('\n') + '\n';
}

// A link that downloads a text once it is followed, so that no text is kept twice.
function download(link, name, text) {
  link.addEventListener('click', event => {
    event.preventDefault();
    const to = document.createElement('a');
    to.href = URL.createObjectURL(new Blob([text()], {type: 'text/csv'}));
    to.download = name();
    to.click();
    setTimeout(() => URL.revokeObjectURL(to.href), 10000);
  });
}

function fileName(text) { return text.replace(/[^A-Za-z0-9._-]+/g, '-').slice(0, 80) + '.csv'; }
