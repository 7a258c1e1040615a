package ui_test

import (
	"testing"

	"example.com/thingdeck/ui/ptytest"
)

func TestMain(m *testing.M) { ptytest.Main(m) }
