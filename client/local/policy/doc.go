// Package policy evaluates AWS IoT Core policy documents, without an account.
//
// Parse reads a document, Evaluate decides about one request against all
// policies attached to a client, and Decision.Reason says in words why. The
// rules follow AWS's pages "AWS IoT Core policies", "AWS IoT Core policy
// actions", "AWS IoT Core action resources", "AWS IoT Core policy variables",
// the example policies, and, as those pages say that the conventions are
// IAM's, the IAM user guide.
//
// # Decision
//
// A Deny statement that applies decides. Otherwise an Allow statement that
// applies decides. Otherwise the request is denied. A statement applies when
// it has the request's action and resource and all its conditions are met.
//
// # Documents
//
// Version must be "2012-10-17", or "2008-10-17", in which ${ has no meaning.
// Statement is a statement or a list of them. A statement has Effect (Allow or
// Deny), Action or NotAction, Resource or NotResource (which AWS's
// publish/subscribe examples use), and may have Sid and Condition. Principal
// and unknown elements are errors, as are elements that stand twice.
//
// Action names are compared without regard to case, as in IAM; * and ? are
// wildcards in them. Actions of other services and actions that are not
// checked here are accepted and have no effect; see Document.Warnings.
//
// # Resources
//
// Each action is judged on one type of resource: iot:Connect on client/ID;
// iot:Publish, iot:Receive, iot:RetainPublish and iot:GetRetainedMessage on
// topic/TOPIC; iot:Subscribe on topicfilter/FILTER; the shadow and job actions
// on thing/NAME or thing/NAME/SHADOW; iot:ListRetainedMessages only on *.
//
// A local service has no region and account of its own. The partition, region
// and account in a pattern therefore match whatever they are, as long as they
// are not empty, so that a policy can be tried as it stands in an account. The
// rest must match exactly, case included.
//
// In a pattern * is any characters, slashes and colons too, and ? is any one
// character. The MQTT wildcards + and # are plain characters: to let a client
// subscribe to a/#, allow topicfilter/a/# or topicfilter/a/*.
//
// # Variables
//
// ${iot:ClientId}, ${iot:CertificateId}, ${iot:DomainName}, ${aws:SourceIp},
// ${iot:Connection.Thing.ThingName}, .ThingTypeName, .IsAttached and
// .Attributes[NAME], and ${iot:Certificate.NAME} with the names that
// CertificateValues lists, followed by .N for the value with index N. AWS's
// examples also write ${iot:Thing.ThingName} for the thing's name. ${*}, ${?}
// and ${$} are those characters. Names of variables do not depend on case.
//
// A value is taken literally: * in a client ID is no wildcard. A certificate
// attribute with * or ? in it or of more than 1024 characters has no value for
// a variable.
//
// AWS leaves a variable without value in the text, where it matches nothing
// that can be asked for. So a pattern with such a variable matches nothing, in
// Allow and Deny alike, while the other patterns of the same statement count.
// Where matching nothing would make a statement apply, in NotResource and in a
// negated condition, the statement does not apply.
//
// # Conditions
//
// StringEquals, StringEqualsIgnoreCase, StringLike and their Not forms; Bool;
// IpAddress and NotIpAddress; ArnEquals, ArnLike and their Not forms, on
// iot:LastWillTopic; Null. Before them ForAllValues: or ForAnyValue:, behind
// them IfExists. Keys are the variables' names, iot:Certificate.NAME.List for
// all values, iot:ConnectAttributes and iot:LastWillTopic. Any other operator
// is an error; an unknown key never has a value and gives a warning.
//
// All keys of a Condition must be met; of several values of a key one must
// match. When the request has no value for the key, ForAllValues and IfExists
// are met, ForAnyValue is not, and of the others only the negated ones are. A
// CONNECT that asks for neither a persistent session nor a will has no
// iot:ConnectAttributes, so ForAllValues:StringEquals with an empty list
// allows just that.
package policy
