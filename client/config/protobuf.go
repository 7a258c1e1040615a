package config

import (
	"errors"
	"fmt"
	"path/filepath"

	"example.com/thingdeck/client"
)

// protobufTable is a [[protobuf]] of config.toml, and where it stands.
type protobufTable struct {
	filter               client.Filter
	descriptors, message string
	at                   FileError
}

// takeProtobuf takes the header of a [[protobuf]] or one of its keys.
func (c *Configuration) takeProtobuf(e entry, key string) error {
	header, isTable := e.value.(table)
	switch {
	case isTable && key == "" && header.many:
		c.protobuf = append(c.protobuf, &protobufTable{at: e.at})
		return nil
	case key == "" || len(c.protobuf) == 0 || isTable:
		return e.errorf("descriptions of Protobuf are tables of their own: write [[protobuf]] and below it filter, descriptors and message")
	}
	t := c.protobuf[len(c.protobuf)-1]
	var text string
	err := assign(&text, e.value, "a text in quotes")
	switch {
	case err != nil:
	case key == "filter":
		t.filter, err = client.ParseFilter(text)
	case key == "descriptors":
		t.descriptors = resolve(text, filepath.Dir(e.at.File), c.Folders.Home)
	case key == "message":
		t.message = text
	default:
		err = errors.New("there are filter, descriptors and message")
	}
	if err != nil {
		return e.errorf("protobuf: %s: %w", key, err)
	}
	return nil
}

// checkProtobuf reads the descriptor sets and fills in Schemas. An error names the place of the table.
func (c *Configuration) checkProtobuf() error {
	for _, t := range c.protobuf {
		var err error
		switch {
		case t.filter == client.Filter{}:
			err = errors.New("no filter")
		case t.descriptors == "":
			err = errors.New("no descriptors: a file made with protoc --include_imports --descriptor_set_out")
		case t.message == "":
			err = errors.New("no message, as in package.Name")
		default:
			err = c.Schemas.Add(t.filter, t.descriptors, t.message)
		}
		if err != nil {
			at := t.at
			at.Err = fmt.Errorf("protobuf: %w", err)
			return &at
		}
	}
	return nil
}
