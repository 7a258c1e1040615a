package control

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// mostListed is the length of a page, at most and by default.
const mostListed = 250

// paging names the members of a query that say which page is wanted.
type paging struct{ size, token string }

// pages are those of things, markers those of certificates and policies.
func pages() paging   { return paging{"maxResults", "nextToken"} }
func markers() paging { return paging{"pageSize", "marker"} }

// page sorts all by their keys, which are unique, and returns what the request wants of it, and the token of the next
// page or "". The token is the last key of this one, so that what comes and goes meanwhile shifts nothing.
func page[T any](req *http.Request, by paging, all []T, key func(T) string, descending bool) (some []T, next string, err error) {
	size := mostListed
	if text := req.URL.Query().Get(by.size); text != "" {
		if size, err = strconv.Atoi(text); err != nil || size < 1 || size > mostListed {
			return nil, "", invalid("%s: 1 to %d", by.size, mostListed)
		}
	}
	b, err := base64.StdEncoding.DecodeString(req.URL.Query().Get(by.token))
	if err != nil {
		return nil, "", invalid("%s: not one of ours", by.token)
	}
	compare := func(a T, k string) int {
		if descending {
			return strings.Compare(k, key(a))
		}
		return strings.Compare(key(a), k)
	}
	slices.SortFunc(all, func(a, b T) int { return compare(a, key(b)) })
	from := 0
	if after := string(b); after != "" {
		var found bool
		if from, found = slices.BinarySearchFunc(all, after, compare); found {
			from++
		}
	}
	some = all[from:min(len(all), from+size)]
	if from+len(some) < len(all) {
		next = base64.StdEncoding.EncodeToString([]byte(key(some[len(some)-1])))
	}
	return slices.Concat([]T{}, some), next, nil // [] rather than null
}

// same is the key of a name.
func same(name string) string { return name }

// newestFirst reads isAscendingOrder, which is about the time of creation.
func newestFirst(req *http.Request) (bool, error) {
	ascending, err := flag(req, "isAscendingOrder")
	return !ascending, err
}

// numbered is the key of a record with a number.
func numbered(n int64) string {
	text := strconv.FormatInt(n, 10)
	return strings.Repeat("0", 19-len(text)) + text
}

// epoch is a time as answers have it: seconds, with milliseconds behind the point.
func epoch(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
