// Package background tells Lip Gloss that the terminal is dark before Bubble Tea's own init asks the terminal.
//
// Bubble Tea v1 queries the terminal's background colour in an init function and waits up to five seconds for an answer that
// some terminals never give, before main runs and even for --version. Packages are initialised in the order of their import
// paths once their imports are, so this one, which imports less and sorts before github.com/charmbracelet/bubbletea, comes first
// and leaves nothing to ask. A test of main pins that with a pseudo-terminal that never answers.
package background

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
