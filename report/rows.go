package report

// medians returns the cells of a table as they are shown, with the markers of their footnotes; safe makes a text
// harmless where it goes.
func (t Table) medians(safe func(string) string) [][]string {
	var out [][]string
	for _, row := range t.Rows {
		var cells []string
		for i, c := range row.Cells {
			text := safe(c.words(t.Columns[i]))
			if len(c.Notes) > 0 {
				text += " " + superscripts(c.Notes)
			}
			cells = append(cells, text)
		}
		out = append(out, cells)
	}
	return out
}

// ranges returns, for the columns of medians, the lowest and highest of the repeats. There are no columns where no case
// has more than one repeat.
func (t Table) ranges(safe func(string) string) (columns []Column, rows [][]string) {
	repeated := false
	for i, c := range t.Columns {
		if i < len(t.Columns)-1 && !c.Total { // the last column is the trust
			columns = append(columns, c)
		}
	}
	for _, row := range t.Rows {
		var cells []string
		for i, c := range row.Cells {
			switch {
			case i == len(row.Cells)-1 || t.Columns[i].Total:
			case c.Number == nil:
				cells = append(cells, safe(c.words(t.Columns[i])))
			default:
				repeated = repeated || c.Number.Repeats > 1
				cells = append(cells, c.Number.span(t.Columns[i].Unit))
			}
		}
		rows = append(rows, cells)
	}
	if !repeated {
		return nil, nil
	}
	return columns, rows
}
