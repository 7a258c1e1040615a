package shadows

import (
	"strings"
	"testing"
)

// TestADeviceIsNotRead: reading it would never end.
func TestADeviceIsNotRead(t *testing.T) {
	if got := readFile("/dev/zero"); got.err == nil || !strings.Contains(got.err.Error(), "no ordinary file") {
		t.Errorf("got %d bytes and error %v; want a refusal", len(got.data), got.err)
	}
}
