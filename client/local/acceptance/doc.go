// Package acceptance holds tests and benchmarks of the built program's "thingdeck serve", driven as its users drive it: by
// MQTT clients, the AWS CLI and mosquitto's clients, over its listeners only.
//
// The number of rounds of the test that kills the server is taken from THINGDECK_KILL_ROUNDS.
package acceptance
