package recording_test

import (
	"bufio"
	"bytes"
	"testing"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/lahja/go-lahja/tools/recording"
)

func TestLinesMatchTheSchema(t *testing.T) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(recording.JSONSchema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("run.json", document); err != nil {
		t.Fatal(err)
	}
	schema, err := compiler.Compile("run.json")
	if err != nil {
		t.Fatal(err)
	}
	var lines bytes.Buffer
	if _, err := aRun(time.Now()).WriteTo(&lines); err != nil {
		t.Fatal(err)
	}
	for all := bufio.NewScanner(&lines); all.Scan(); {
		line, err := jsonschema.UnmarshalJSON(bytes.NewReader(all.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := schema.Validate(line); err != nil {
			t.Errorf("%s\n%v", all.Bytes(), err)
		}
	}
	wrong := map[string]any{"t": 1, "d": 0, "k": "sent", "unknown": true}
	if schema.Validate(wrong) == nil {
		t.Error("an entry with an unknown field is valid")
	}
}
