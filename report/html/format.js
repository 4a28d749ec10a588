'use strict';
// Numbers in words, as the tables of the report have them: three digits and a unit that fits.

function threeDigits(v) {
  const a = Math.abs(v), digits = a >= 99.95 ? 0 : a >= 9.995 ? 1 : 2, twice = a * 2 * 10 ** digits;
  if (!Number.isInteger(8 * a) || twice % 2 !== 1) return v.toFixed(digits);
  return (Math.sign(v) * 2 * Math.round(twice / 4) / 10 ** digits).toFixed(digits); // halfway: to the even digit, as in the tables
}

function scaled(v, prefixes) {
  const a = Math.abs(v);
  for (const [name, factor] of prefixes) {
    if (a >= factor * 0.9995) return threeDigits(v / factor) + ' ' + name;
  }
  return '';
}

function si(v) {
  return scaled(v, [['G', 1e9], ['M', 1e6], ['k', 1e3]]) || (Number.isInteger(v) ? String(v) : threeDigits(v));
}

function bytes(v) {
  return scaled(v, [['GB', 1e9], ['MB', 1e6], ['KB', 1e3]]) || (Number.isInteger(v) ? String(v) : threeDigits(v)) + ' B';
}

function perCent(v) {
  let text = threeDigits(100 * v);
  if (text.includes('.')) text = text.replace(/0+$/, '').replace(/\.$/, '');
  if (text === '-0') text = '0';
  return text + ' %';
}

function human(unit, v) {
  switch (unit) {
    case 'ns': return scaled(v, [['s', 1e9], ['ms', 1e6], ['µs', 1e3]]) || v.toFixed(0) + ' ns';
    case 'bytes': return bytes(v);
    case 'bytes/s': return bytes(v) + '/s';
    case 'records/s': return si(v) + '/s';
    case 'records': case 'times': return v.toLocaleString('en-US', {maximumFractionDigits: 20});
    case 'change': return (v > 0 && perCent(v) !== '0 %' ? '+' : '') + perCent(v);
  }
  return si(v);
}

// On an axis a number has no more digits than it needs.
function brief(unit, v) {
  if (v === 0) return '0';
  return human(unit, v).replace(/(\.\d*?)0+(?=\D|$)/, '$1').replace(/\.(?=\D|$)/, '');
}

// The parts of a cell: see pageData.
function value(cell) { return Array.isArray(cell) ? cell[0] : typeof cell === 'number' ? cell : null; }
function range(cell) { return Array.isArray(cell) ? [cell[1], cell[2]] : null; }
function atLeast(cell) { return Array.isArray(cell) && cell[4] === 1; }

function cellWords(column, cell) {
  if (cell === null) return '–';
  if (typeof cell === 'string') return cell;
  const text = (atLeast(cell) ? '≥ ' : '') + human(column.unit, value(cell));
  if (!Array.isArray(cell) || cell[1] === cell[2]) return text;
  return text + ' (' + human(column.unit, cell[1]) + ' to ' + human(column.unit, cell[2]) + ')';
}
