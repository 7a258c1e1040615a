package widget

// A Scroll is the place in a list of rows: the row under the cursor and the first row shown. The zero Scroll stands at the top.
type Scroll struct {
	Cursor, Top int
	rows, view  int
}

// Fit tells the number of rows and how many of them can be shown, and keeps the cursor on a row and in sight.
func (s *Scroll) Fit(rows, view int) {
	s.rows, s.view = max(0, rows), max(0, view)
	s.Cursor = clamp(s.Cursor, 0, s.rows-1)
	if s.Cursor < s.Top {
		s.Top = s.Cursor
	}
	if s.view > 0 && s.Cursor >= s.Top+s.view {
		s.Top = s.Cursor - s.view + 1
	}
	s.Top = clamp(s.Top, 0, s.rows-s.view)
}

// Visible is the range of rows shown: from Top up to, not including, the second result.
func (s *Scroll) Visible() (first, end int) { return s.Top, min(s.rows, s.Top+s.view) }

// Do moves as a list action (list.up, list.pagedown, …) says and reports whether it was one.
func (s *Scroll) Do(action string) bool {
	page := max(1, s.view-1)
	switch action {
	case "list.up":
		s.Cursor--
	case "list.down":
		s.Cursor++
	case "list.pageup":
		s.Cursor -= page
	case "list.pagedown":
		s.Cursor += page
	case "list.top":
		s.Cursor = 0
	case "list.bottom":
		s.Cursor = s.rows - 1
	default:
		return false
	}
	s.Fit(s.rows, s.view)
	return true
}

// Wheel scrolls the view by n rows, taking the cursor along when it would leave.
func (s *Scroll) Wheel(n int) {
	s.Top = clamp(s.Top+n, 0, s.rows-s.view)
	s.Cursor = clamp(s.Cursor, s.Top, s.Top+s.view-1)
	s.Fit(s.rows, s.view)
}

func clamp(n, low, high int) int { return max(low, min(n, high)) }
