package policy

import (
	"errors"
	"strings"
	"testing"
)

func mustParse(t testing.TB, text string) *Document {
	t.Helper()
	d, err := Parse([]byte(text))
	if err != nil {
		t.Fatalf("parse: %v\n%s", err, text)
	}
	return d
}

// document wraps statements into a policy.
func document(statements string) string {
	return `{"Version":"2012-10-17","Statement":[` + statements + `]}`
}

const anyTopic = `"Effect":"Allow","Action":"iot:Publish","Resource":"*"`

func TestParseAccepts(t *testing.T) {
	tests := map[string]string{
		"a list of statements":      document(`{` + anyTopic + `}`),
		"one statement":             `{"Version":"2012-10-17","Statement":{` + anyTopic + `}}`,
		"version 2008":              `{"Version":"2008-10-17","Statement":{` + anyTopic + `}}`,
		"an Id":                     `{"Version":"2012-10-17","Id":"x","Statement":{` + anyTopic + `}}`,
		"a byte order mark":         "\ufeff" + document(`{`+anyTopic+`}`),
		"lists":                     document(`{"Effect":"Deny","Action":["iot:Publish","iot:Receive"],"Resource":["*","arn:aws:iot:r:1:topic/a"]}`),
		"NotAction and NotResource": document(`{"Effect":"Deny","NotAction":"iot:Connect","NotResource":"arn:aws:iot:r:1:topic/a"}`),
		"actions of other services": document(`{"Effect":"Allow","Action":["greengrass:*","iotjobsdata:GetPendingJobExecutions"],"Resource":"*"}`),
		"an empty condition list":   document(`{` + anyTopic + `,"Condition":{"ForAllValues:StringEquals":{"iot:ConnectAttributes":[]}}}`),
		"a boolean":                 document(`{` + anyTopic + `,"Condition":{"Bool":{"iot:Connection.Thing.IsAttached":true}}}`),
		"an address without range":  document(`{` + anyTopic + `,"Condition":{"IpAddress":{"aws:SourceIp":"::1"}}}`),
		"several operators":         document(`{` + anyTopic + `,"Condition":{"StringLike":{"iot:ClientId":"a*","iot:DomainName":"b"},"Null":{"aws:SourceIp":"false"}}}`),
	}
	for name, text := range tests {
		t.Run(name, func(t *testing.T) {
			d := mustParse(t, text)
			if d.Len() != 1 || len(d.Warnings()) != 0 {
				t.Errorf("got %d statements, warnings %q; want 1, none", d.Len(), d.Warnings())
			}
		})
	}
}

func TestParseNamesThePlaceOfAnError(t *testing.T) {
	statement := func(rest string) string { return document(`{` + anyTopic + `},` + "\n" + `{"Sid":"Two",` + rest + `}`) }
	condition := func(c string) string { return statement(anyTopic + `,"Condition":` + c) }
	tests := map[string]struct{ text, want string }{
		"empty":                     {"", "line 1, column 1: not JSON: unexpected end of JSON input"},
		"not JSON":                  {"{\n  \"Version\": x}", "line 2, column 14: not JSON: invalid character 'x'"},
		"a comma too many":          {"{\"Version\":\"2012-10-17\",\n}", "line 2, column 1: not JSON"},
		"text behind it":            {"{}{}", "line 1, column 3: not JSON"},
		"not UTF-8":                 {"{\"\xff\"}", "line 1, column 3: not UTF-8"},
		"characters, not bytes":     {`{"Id":"é日","X":1}`, `line 1, column 12: "X" is no element`},
		"a list":                    {"[]", "line 1, column 1: a policy is an object; got a list"},
		"no version":                {`{"Statement":[]}`, `Version is missing: write "Version": "2012-10-17"`},
		"wrong version":             {`{"Version":"2020-01-01","Statement":[]}`, `line 1, column 12: Version must be "2012-10-17"`},
		"version a number":          {`{"Version":2012,"Statement":[]}`, "Version must be"},
		"no statement":              {`{"Version":"2012-10-17"}`, "Statement is missing"},
		"empty statement":           {document(""), "line 1, column 37: Statement is empty"},
		"unknown element":           {`{"Version":"2012-10-17","statement":[]}`, `column 25: "statement" is no element of a policy`},
		"statement a string":        {document(`"x"`), "statement 1: a statement is an object; got a string"},
		"twice":                     {document("{\"Effect\":\"Allow\",\n\"Effect\":\"Deny\"}"), `line 2, column 1: "Effect" stands twice`},
		"too deep":                  {strings.Repeat("[", 40) + strings.Repeat("]", 40), "nested too deeply"},
		"too large":                 {strings.Repeat(" ", 70000), "far more than AWS IoT accepts"},
		"no effect":                 {statement(`"Action":"iot:*","Resource":"*"`), `line 2, column 1: statement 2 "Two": Effect is missing`},
		"effect in lower case":      {statement(`"Effect":"allow","Action":"iot:*","Resource":"*"`), `column 23: statement 2 "Two": Effect must be "Allow" or "Deny"`},
		"no action":                 {statement(`"Effect":"Deny","Resource":"*"`), "Action is missing"},
		"no resource":               {statement(`"Effect":"Deny","Action":"*"`), "Resource is missing"},
		"both actions":              {statement(anyTopic + `,"NotAction":"iot:Connect"`), "Action and NotAction exclude each other"},
		"both resources":            {statement(anyTopic + `,"NotResource":"*"`), "Resource and NotResource exclude each other"},
		"principal":                 {statement(anyTopic + `,"Principal":"*"`), "AWS IoT policies have no Principal"},
		"unknown statement element": {statement(anyTopic + `,"condition":{}`), `"condition" is no element of a statement`},
		"sid a number":              {document(`{"Sid":1}`), "Sid must be a string; got a number"},
		"empty action list":         {statement(`"Effect":"Deny","Action":[],"Resource":"*"`), "Action is empty"},
		"action a number":           {statement(`"Effect":"Deny","Action":["iot:*",1],"Resource":"*"`), "Action must be a string or a list of strings; got a number"},
		"action without service":    {statement(`"Effect":"Deny","Action":"Publish","Resource":"*"`), `Action "Publish" is no action: write iot:Publish`},
		"resource without ARN":      {statement(`"Effect":"Deny","Action":"*","Resource":"topic/a"`), `resource "topic/a" is neither an ARN nor *`},
		"resource cut short":        {statement(`"Effect":"Deny","Action":"*","Resource":"arn:aws:iot:topic/a"`), "can match no AWS IoT resource"},
		"variable not closed":       {statement(`"Effect":"Deny","Action":"*","Resource":"arn:aws:iot:r:1:topic/${iot:ClientId"`), "policy variable ${iot:ClientId is not closed"},
		"variable in variable":      {statement(`"Effect":"Deny","Action":"*","Resource":"arn:aws:iot:r:1:topic/${a${b}"`), "is not closed"},
		"variable without name":     {statement(`"Effect":"Deny","Action":"*","Resource":"arn:aws:iot:r:1:topic/${}"`), "has no name"},
		"variable with default":     {statement(`"Effect":"Deny","Action":"*","Resource":"arn:aws:iot:r:1:topic/${iot:ClientId, 'x'}"`), "default values are not supported"},
		"condition a list":          {condition(`[]`), "Condition is an object of operators; got a list"},
		"unknown operator":          {condition(`{"NumericEquals":{"a":"1"}}`), `statement 2 "Two": condition operator "NumericEquals" is not supported here: use StringEquals`},
		"operator with wrong set":   {condition(`{"ForAnyValues:StringEquals":{"a":"1"}}`), `operator "ForAnyValues:StringEquals" is not supported`},
		"null if exists":            {condition(`{"NullIfExists":{"a":"true"}}`), "Null takes no prefix"},
		"operator without keys":     {condition(`{"StringEquals":"x"}`), "StringEquals is an object of condition keys; got a string"},
		"condition value an object": {condition(`{"StringEquals":{"iot:ClientId":{}}}`), "must be a string or a list of strings; got an object"},
		"bool of a word":            {condition(`{"Bool":{"iot:Connection.Thing.IsAttached":"yes"}}`), `Bool wants true or false; got "yes"`},
		"bad range":                 {condition(`{"IpAddress":{"aws:SourceIp":["10.0.0.0/8","10.0.0.0/33"]}}`), `got "10.0.0.0/33"`},
		"ARN of a name":             {condition(`{"ArnEquals":{"iot:ClientId":"arn:aws:iot:r:1:topic/a"}}`), "can only be used with iot:LastWillTopic"},
		"will as a string":          {condition(`{"StringEquals":{"iot:LastWillTopic":"a"}}`), "use ArnEquals or ArnLike"},
		"will without ARN":          {condition(`{"ArnLike":{"iot:LastWillTopic":"a"}}`), "neither an ARN nor *"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := Parse([]byte(tt.text))
			var at *ParseError
			if !errors.As(err, &at) || at.Line < 1 || at.Column < 1 {
				t.Fatalf("got %v; want a ParseError with a place", err)
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q; want it to contain %q", err, tt.want)
			}
		})
	}
}

func TestParseWarns(t *testing.T) {
	tests := map[string]struct{ text, want string }{
		"misspelt action":       {document(`{"Sid":"A","Effect":"Allow","Action":"iot:Pubish","Resource":"*"}`), `statement 1 "A": Action "iot:Pubish" names no action`},
		"unknown variable":      {document(`{"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:r:1:topic/${iot:ClientID2}"}`), "policy variable ${iot:ClientID2} is not known"},
		"unknown key":           {document(`{` + anyTopic + `,"Condition":{"StringEquals":{"iot:Domain":"x"}}}`), `condition key "iot:Domain" is not known`},
		"subscribe on a topic":  {document(`{"Effect":"Allow","Action":["iot:Subscribe","iot:Connect"],"Resource":"arn:aws:iot:r:1:topic/a"}`), "arn:aws:iot:r:1:topic/a has no effect: iot:Connect is judged on client/…, iot:Subscribe is judged on topicfilter/…"},
		"variables before 2012": {`{"Version":"2008-10-17","Statement":{"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:r:1:topic/${iot:ClientId}"}}`, "version 2008-10-17 has no policy variables"},
		"too many characters":   {document(`{` + anyTopic + `,"Sid":"` + strings.Repeat("x", 2048) + `"}`), "AWS IoT accepts 2048"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := mustParse(t, tt.text).Warnings()
			if len(got) != 1 || !strings.Contains(got[0], tt.want) {
				t.Errorf("got %q; want one with %q", got, tt.want)
			}
		})
	}
}
