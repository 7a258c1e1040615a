package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"example.com/thingdeck/client"
)

// parse checks one text of the setting and returns its canonical form. It never fails on a canonical form.
func (s setting) parse(in string) (string, error) {
	out, err := s.shape(in)
	if err != nil {
		return "", err
	}
	if s.check != nil {
		if err := s.check(out); err != nil {
			return "", err
		}
	}
	return out, nil
}

func (s setting) shape(in string) (string, error) {
	switch s.kind {
	case choice:
		if !slices.Contains(s.choices, in) {
			return "", fmt.Errorf("%s: not %q", oneOf(s.choices), in)
		}
	case boolean:
		b, err := strconv.ParseBool(in)
		if err != nil {
			return "", fmt.Errorf("true or false: not %q", in)
		}
		return strconv.FormatBool(b), nil
	case number:
		n, err := strconv.ParseInt(in, 10, 64)
		if err != nil || n < s.least || n > math.MaxInt32 {
			return "", fmt.Errorf("a whole number, at least %d: not %q", s.least, in)
		}
		return strconv.FormatInt(n, 10), nil
	case size:
		n, err := parseSize(in)
		if err != nil {
			return "", err
		}
		if n < s.least {
			return "", fmt.Errorf("at least %s: not %q", formatSize(s.least), in)
		}
		return formatSize(n), nil
	case seconds:
		return parseSeconds(in)
	case path:
		if in == "" || strings.ContainsRune(in, 0) {
			return "", errors.New("names no file")
		}
	}
	return in, nil
}

func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// units of a size, in bytes. Those without a B are the short forms of the powers of 1024.
var units = []struct {
	name  string
	bytes int64
}{
	{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"GB", 1e9}, {"MB", 1e6}, {"KB", 1e3},
	{"G", 1 << 30}, {"M", 1 << 20}, {"K", 1 << 10}, {"B", 1},
}

func parseSize(in string) (int64, error) {
	digits, unit := strings.TrimSpace(in), int64(1)
	for _, u := range units {
		if n := len(digits) - len(u.name); n > 0 && strings.EqualFold(digits[n:], u.name) {
			digits, unit = strings.TrimSpace(digits[:n]), u.bytes
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("a size such as 256MiB: not %q", in)
	}
	return n * unit, nil
}

func formatSize(n int64) string {
	for _, u := range units[:3] {
		if n >= u.bytes && n%u.bytes == 0 {
			return strconv.FormatInt(n/u.bytes, 10) + u.name
		}
	}
	return strconv.FormatInt(n, 10)
}

func parseSeconds(in string) (string, error) {
	if n, err := strconv.ParseInt(in, 10, 32); err == nil && n >= 0 {
		return strconv.FormatInt(n, 10), nil
	}
	d, err := time.ParseDuration(in)
	if err != nil || d < 0 || d%time.Second != 0 || d > math.MaxInt32*time.Second {
		return "", fmt.Errorf("whole seconds such as 30 or 20m: not %q", in)
	}
	return strconv.FormatInt(int64(d/time.Second), 10), nil
}

// fill puts canonical texts into their field of to.
func (s setting) fill(to *Settings, texts []string) {
	if len(texts) == 0 {
		return
	}
	word := texts[0]
	switch f := s.into(to).(type) {
	case *string:
		*f = word
	case *Kind:
		*f = Kind(word)
	case *Auth:
		*f = Auth(word)
	case *bool:
		*f = word == "true" || word == "aws"
	case *int:
		*f = int(canonical(strconv.ParseInt(word, 10, 64)))
	case *int64:
		*f = canonical(parseSize(word))
	case *time.Duration:
		*f = time.Duration(canonical(strconv.ParseInt(word, 10, 64))) * time.Second
	case *client.Broker:
		*f = canonical(client.ParseBroker(word))
	case *[]client.Subscription:
		*f = nil
		for _, t := range texts {
			*f = append(*f, canonical(client.ParseSubscription(t)))
		}
	default:
		panic(fmt.Sprintf("config: setting %s goes into a %T", s.name, f))
	}
}

func canonical[T any](v T, err error) T {
	if err != nil {
		panic(fmt.Sprintf("config: a checked value is wrong: %v", err))
	}
	return v
}
