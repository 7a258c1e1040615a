package client_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"example.com/thingdeck/client"
)

func group(t *testing.T, name string) client.Group {
	t.Helper()
	for _, g := range client.Groups() {
		if g.Name == name {
			return g
		}
	}
	t.Fatalf("no group %q", name)
	return client.Group{}
}

func TestEveryGroupIsOfTheCatalogue(t *testing.T) {
	for _, g := range client.Groups() {
		names := map[string]string{}
		for _, need := range g.Needs() {
			names[need] = "x"
		}
		filters, err := g.Filters(names)
		if err != nil || len(filters) == 0 || g.Text == "" || len(g.Needs()) == 0 {
			t.Errorf("%s: %d filters, %v", g.Name, len(filters), err)
		}
		for _, f := range filters {
			if r, ok := client.ReservedFor(f.String()); !ok || !r.Subscribe {
				t.Errorf("%s: clients do not subscribe to %s", g.Name, f)
			} else if r.Enable && !g.Enable {
				t.Errorf("%s does not say that it must be switched on", g.Name)
			}
		}
	}
}

func TestAllAnswersOfAShadow(t *testing.T) {
	g := group(t, "named shadow answers")
	names := map[string]string{"thing": "lamp", "shadow": "wifi"}
	filters, err := g.Filters(names)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range filters {
		got = append(got, f.String())
	}
	const shadow = "$aws/things/lamp/shadow/name/wifi/"
	want := []string{
		shadow + "get/accepted", shadow + "get/rejected", shadow + "update/accepted", shadow + "update/rejected",
		shadow + "update/delta", shadow + "update/documents", shadow + "delete/accepted", shadow + "delete/rejected",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got, want := g.Title(names), "named shadow answers of lamp wifi"; got != want {
		t.Errorf("title %q; want %q", got, want)
	}
}

func TestNamesOfGroupsAreChecked(t *testing.T) {
	for _, tt := range []struct{ group, name, value, want string }{
		{"jobs", "thing", "lamp", ""},
		{"jobs", "thing", "+", ""},
		{"jobs", "thing", "", "a thing has at least one character"},
		{"jobs", "thing", "a/b", "a thing has no /"},
		{"jobs", "thing", "a#", "a thing has no wildcards; + alone stands for all"},
		{"commands", "thing", "+", "AWS takes no wildcard for the thing of a command"},
		{"presence events", "client", "me", ""},
	} {
		g, got := group(t, tt.group), ""
		if err := g.CheckName(tt.name, tt.value); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s %s %q: got %q; want %q", tt.group, tt.name, tt.value, got, tt.want)
		}
		if _, err := g.Filters(map[string]string{tt.name: tt.value}); (err == nil) != (tt.want == "") {
			t.Errorf("%s %s %q: filters say %v", tt.group, tt.name, tt.value, err)
		}
	}
}
