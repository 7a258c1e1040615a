package payload

import (
	"errors"
	"fmt"
	"os"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/descriptorpb"
	"google.golang.org/protobuf/types/dynamicpb"

	"example.com/thingdeck/client"
)

// Schemas decode Protobuf payloads by topic. The zero Schemas decode none; they do not change once they are in use.
type Schemas struct{ list []schema }

type schema struct {
	filter  client.Filter
	message protoreflect.MessageDescriptor
}

// maxDescriptors bounds the file of a descriptor set.
const maxDescriptors = 64 << 20

// Add says that the payloads on topics of a filter are a message, of those that a file with a FileDescriptorSet describes (protoc
// --include_imports --descriptor_set_out). The first filter that matches a topic counts.
func (s *Schemas) Add(filter client.Filter, file, message string) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() || info.Size() > maxDescriptors {
		return fmt.Errorf("%s is no ordinary file of at most %d MiB", file, maxDescriptors>>20)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var set descriptorpb.FileDescriptorSet
	if err := proto.Unmarshal(data, &set); err != nil {
		return fmt.Errorf("%s is no descriptor set: make it with protoc --include_imports --descriptor_set_out", file)
	}
	files, err := protodesc.NewFiles(&set)
	if err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	return s.add(filter, files, file, message)
}

func (s *Schemas) add(filter client.Filter, files *protoregistry.Files, file, message string) error {
	d, err := files.FindDescriptorByName(protoreflect.FullName(message))
	if errors.Is(err, protoregistry.NotFound) {
		return fmt.Errorf("%s describes no message %s", file, message)
	}
	if err != nil {
		return err
	}
	m, ok := d.(protoreflect.MessageDescriptor)
	if !ok {
		return fmt.Errorf("%s in %s is no message", message, file)
	}
	s.list = append(s.list, schema{filter, m})
	return nil
}

// decode shows a payload as JSON when its topic has a schema.
func (s *Schemas) decode(topic string, data []byte) ([]byte, bool) {
	if s == nil {
		return nil, false
	}
	for _, schema := range s.list {
		if schema.filter.Matches(topic) {
			return messageJSON(schema.message, data)
		}
	}
	return nil, false
}

// messageJSON shows a message as JSON. It must not be empty, nor hold only what its description does not know.
func messageJSON(d protoreflect.MessageDescriptor, data []byte) ([]byte, bool) {
	m := dynamicpb.NewMessage(d)
	if len(data) == 0 || (proto.UnmarshalOptions{RecursionLimit: maxDepth}).Unmarshal(data, m) != nil {
		return nil, false
	}
	known := false
	m.Range(func(protoreflect.FieldDescriptor, protoreflect.Value) bool {
		known = true
		return false
	})
	out, err := protojson.MarshalOptions{UseProtoNames: true}.Marshal(m)
	return out, known && err == nil
}
