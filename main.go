// Thingdeck is a terminal MQTT test client for AWS IoT that carries a local AWS IoT inside.
package main

import _ "example.com/thingdeck/ui/background"

func main() {}
