package config

import "fmt"

// whyNot says in words why a file may not hold a key.
func whyNot(key string, exists bool, where place) string {
	if isSecret(key) {
		return fmt.Sprintf("%s is never kept in a file: use the keyring or %s", key, SecretName(key).env())
	}
	if key == "no-mouse" {
		return `unknown key "no-mouse": write mouse = false`
	}
	if exists {
		s, _ := findSetting(key)
		switch {
		case where == inProfile:
			return fmt.Sprintf("%s does not belong in a profile", key)
		case s.in&inProfile != 0:
			return fmt.Sprintf("%s belongs in a profile, profiles/NAME.toml", key)
		}
		return fmt.Sprintf("%s is a flag only: --%s", key, key)
	}
	if near := nearest(key, where); near != "" {
		return fmt.Sprintf("unknown key %q: is %s meant?", short(key), near)
	}
	return fmt.Sprintf("unknown key %q", short(key))
}

func short(s string) string {
	if len(s) > 64 {
		return s[:64] + "…"
	}
	return s
}

// nearest is the setting whose name is at most two changes away.
func nearest(key string, where place) string {
	best, name := 3, ""
	for _, s := range settings() {
		if s.in&where == 0 || len(key) > len(s.name)+2 || len(s.name) < 4 {
			continue
		}
		if d := distance(key, s.name); d < best {
			best, name = d, s.name
		}
	}
	return name
}

// distance is the number of bytes to insert, delete or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
