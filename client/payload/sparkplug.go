package payload

import (
	"sync"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protodesc"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/descriptorpb"
)

// sparkplugJSON shows a payload of Sparkplug B as JSON.
func sparkplugJSON(data []byte) ([]byte, bool) {
	d, err := sparkplug()
	if err != nil {
		return nil, false
	}
	return messageJSON(d, data)
}

// field describes one of a message: a kind of descriptorpb, or the name of a message; repeated with a plus sign before its name.
type field struct {
	name    string
	number  int32
	kind    descriptorpb.FieldDescriptorProto_Type
	message string
}

const (
	u32   = descriptorpb.FieldDescriptorProto_TYPE_UINT32
	u64   = descriptorpb.FieldDescriptorProto_TYPE_UINT64
	f32   = descriptorpb.FieldDescriptorProto_TYPE_FLOAT
	f64   = descriptorpb.FieldDescriptorProto_TYPE_DOUBLE
	flag  = descriptorpb.FieldDescriptorProto_TYPE_BOOL
	text  = descriptorpb.FieldDescriptorProto_TYPE_STRING
	blob  = descriptorpb.FieldDescriptorProto_TYPE_BYTES
	other = descriptorpb.FieldDescriptorProto_TYPE_MESSAGE
)

// sparkplugMessages is the payload of Sparkplug 3.0, section 6.4: sparkplug_b.proto.
var sparkplugMessages = []struct {
	name   string
	fields []field
}{
	{"Payload", []field{{"timestamp", 1, u64, ""}, {"+metrics", 2, other, "Metric"}, {"seq", 3, u64, ""}, {"uuid", 4, text, ""}, {"body", 5, blob, ""}}},
	{"Metric", []field{
		{"name", 1, text, ""}, {"alias", 2, u64, ""}, {"timestamp", 3, u64, ""}, {"datatype", 4, u32, ""}, {"is_historical", 5, flag, ""},
		{"is_transient", 6, flag, ""}, {"is_null", 7, flag, ""}, {"metadata", 8, other, "MetaData"}, {"properties", 9, other, "PropertySet"},
		{"int_value", 10, u32, ""}, {"long_value", 11, u64, ""}, {"float_value", 12, f32, ""}, {"double_value", 13, f64, ""},
		{"boolean_value", 14, flag, ""}, {"string_value", 15, text, ""}, {"bytes_value", 16, blob, ""}, {"dataset_value", 17, other, "DataSet"},
		{"template_value", 18, other, "Template"},
	}},
	{"MetaData", []field{
		{"is_multi_part", 1, flag, ""}, {"content_type", 2, text, ""}, {"size", 3, u64, ""}, {"seq", 4, u64, ""}, {"file_name", 5, text, ""},
		{"file_type", 6, text, ""}, {"md5", 7, text, ""}, {"description", 8, text, ""},
	}},
	{"PropertySet", []field{{"+keys", 1, text, ""}, {"+values", 2, other, "PropertyValue"}}},
	{"PropertySetList", []field{{"+propertyset", 1, other, "PropertySet"}}},
	{"PropertyValue", []field{
		{"type", 1, u32, ""}, {"is_null", 2, flag, ""}, {"int_value", 3, u32, ""}, {"long_value", 4, u64, ""}, {"float_value", 5, f32, ""},
		{"double_value", 6, f64, ""}, {"boolean_value", 7, flag, ""}, {"string_value", 8, text, ""}, {"propertyset_value", 9, other, "PropertySet"},
		{"propertysets_value", 10, other, "PropertySetList"},
	}},
	{"DataSet", []field{{"num_of_columns", 1, u64, ""}, {"+columns", 2, text, ""}, {"+types", 3, u32, ""}, {"+rows", 4, other, "Row"}}},
	{"Row", []field{{"+elements", 1, other, "DataSetValue"}}},
	{"DataSetValue", []field{
		{"int_value", 1, u32, ""}, {"long_value", 2, u64, ""}, {"float_value", 3, f32, ""}, {"double_value", 4, f64, ""},
		{"boolean_value", 5, flag, ""}, {"string_value", 6, text, ""},
	}},
	{"Template", []field{
		{"version", 1, text, ""}, {"+metrics", 2, other, "Metric"}, {"+parameters", 3, other, "Parameter"}, {"template_ref", 4, text, ""},
		{"is_definition", 5, flag, ""},
	}},
	{"Parameter", []field{
		{"name", 1, text, ""}, {"type", 2, u32, ""}, {"int_value", 3, u32, ""}, {"long_value", 4, u64, ""}, {"float_value", 5, f32, ""},
		{"double_value", 6, f64, ""}, {"boolean_value", 7, flag, ""}, {"string_value", 8, text, ""},
	}},
}

// sparkplug is the description of the message Payload.
var sparkplug = sync.OnceValues(func() (protoreflect.MessageDescriptor, error) {
	file := &descriptorpb.FileDescriptorProto{Name: proto.String("sparkplug_b.proto"), Package: proto.String("sparkplug"), Syntax: proto.String("proto2")}
	for _, m := range sparkplugMessages {
		message := &descriptorpb.DescriptorProto{Name: proto.String(m.name)}
		for _, f := range m.fields {
			label, name := descriptorpb.FieldDescriptorProto_LABEL_OPTIONAL, f.name
			if name[0] == '+' {
				label, name = descriptorpb.FieldDescriptorProto_LABEL_REPEATED, name[1:]
			}
			d := &descriptorpb.FieldDescriptorProto{Name: &name, Number: proto.Int32(f.number), Type: f.kind.Enum(), Label: label.Enum()}
			if f.message != "" {
				d.TypeName = proto.String(".sparkplug." + f.message)
			}
			message.Field = append(message.Field, d)
		}
		file.MessageType = append(file.MessageType, message)
	}
	d, err := protodesc.NewFile(file, nil)
	if err != nil {
		return nil, err
	}
	return d.Messages().ByName("Payload"), nil
})
