package stream

import (
	"bytes"
	"context"
	"testing"
)

// sealed are messages as they are sent.
func sealed(t *testing.T, key Key, texts ...string) (all [][]byte) {
	t.Helper()
	s := Sender{Key: key, Exchange: func(_ context.Context, raw []byte) error {
		all = append(all, raw)
		return nil
	}}
	for _, text := range texts {
		if err := s.Send(t.Context(), []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func keysOf(t testing.TB, keys func() (out, in Key, err error)) (out, in Key) {
	t.Helper()
	out, in, err := keys()
	if err != nil {
		t.Fatal(err)
	}
	return out, in
}

func TestOnlyTheOtherEndOpensWhatIsSealed(t *testing.T) {
	secret := NewSecret()
	out, in := keysOf(t, secret.AtParent)
	childOut, childIn := keysOf(t, secret.AtProcess)
	_, strange := keysOf(t, NewSecret().AtProcess)
	said := sealed(t, out, "the key is KEY", "the key is KEY")
	for i, raw := range said {
		if m, err := childIn.Open(raw); err != nil || string(m.Data) != "the key is KEY" || m.Number != uint64(i)+1 {
			t.Errorf("got %q, %d, %v", m.Data, m.Number, err)
		}
		if bytes.Contains(raw, []byte("KEY")) {
			t.Errorf("a reader sees %q", raw)
		}
	}
	if m, err := in.Open(sealed(t, childOut, "")[0]); err != nil || len(m.Data) != 0 {
		t.Errorf("an empty message: got %q, %v", m.Data, err)
	}
	changed := bytes.Clone(said[0])
	changed[len(changed)-1]++
	for name, c := range map[string]struct {
		key Key
		raw []byte
	}{
		"another secret":                   {strange, said[0]},
		"the other direction":              {in, said[0]},
		"a changed message":                {childIn, changed},
		"a message in the place of others": {childIn, append(bytes.Clone(said[1][:numberSize]), said[0][numberSize:]...)},
		"no message":                       {childIn, []byte("short")},
	} {
		if _, err := c.key.Open(c.raw); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, _, err := (Secret("short")).AtParent(); err == nil {
		t.Error("a secret that is none was taken")
	}
}
